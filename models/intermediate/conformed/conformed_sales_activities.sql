{{ config(materialized='view') }}

{{ conformed_rows('sales_activities') }}
