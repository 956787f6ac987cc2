{{ config(materialized='view') }}

{{ conformed_rows('campaigns') }}
