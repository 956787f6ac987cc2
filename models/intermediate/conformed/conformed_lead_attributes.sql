{{ config(materialized='view') }}

{{ conformed_rows('lead_attributes') }}
