{{ config(materialized='view') }}

{{ conformed_rows('message_events') }}
