{{ config(materialized='view') }}

{{ conformed_rows('accounts') }}
