{{ config(materialized='view') }}

{{ conformed_rows('web_events') }}
