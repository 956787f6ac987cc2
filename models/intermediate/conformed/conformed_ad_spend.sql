{{ config(materialized='view') }}

{{ conformed_rows('ad_spend') }}
