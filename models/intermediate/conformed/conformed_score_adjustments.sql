{{ config(materialized='view') }}

{{ conformed_rows('score_adjustments') }}
