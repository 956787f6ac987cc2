{{ config(materialized='view', meta={'recomputed_by': 'lead'}) }}

with

steps as (

    select * from {{ ref('score_steps') }}
    where entered_at <= {{ as_of() }}

)

-- Of the changes of a day the last is the one that outlives it.
select
    lead_id,
    scorecard_id,
    cast(entered_at as date) as score_date,
    fit_score,
    engagement_score,
    score,
    entered_at as changed_at
from steps
where
    held_until > {{ as_of() }}
    or cast(held_until as date) > cast(entered_at as date)
