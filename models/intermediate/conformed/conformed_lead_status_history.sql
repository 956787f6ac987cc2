{{ config(materialized='view') }}

{{ conformed_rows('lead_status_history') }}
