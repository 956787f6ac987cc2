{{ config(materialized='view') }}

-- An activity that is not known yet at the as-of time is not there yet.
select * from {{ ref('activity_records') }}
where known_at <= {{ as_of() }}
