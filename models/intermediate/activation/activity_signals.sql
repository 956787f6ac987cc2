{{ config(materialized='view') }}

-- What criteria call an activity by: its type, or the intent of what a lead does of its own accord.
select
    activity_type as signal,
    activity_type
from {{ ref('activity_types') }}
union all
select
    'intent:' || intent as signal,
    activity_type
from {{ ref('activity_types') }}
where is_inbound
