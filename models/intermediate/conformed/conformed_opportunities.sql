{{ config(materialized='view') }}

{{ conformed_rows('opportunities') }}
