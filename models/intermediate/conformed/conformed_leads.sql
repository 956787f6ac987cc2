{{ config(materialized='view') }}

{{ conformed_rows('leads') }}
