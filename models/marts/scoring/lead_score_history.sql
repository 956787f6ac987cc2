with

steps as (

    select
        score_steps.*,
        lag(fit_score) over (partition by lead_id, scorecard_id order by entered_at) as earlier_fit_score,
        lag(engagement_score) over (partition by lead_id, scorecard_id order by entered_at) as earlier_engagement_score
    from {{ ref('score_steps') }} as score_steps
    where entered_at <= {{ as_of() }}

),

-- A step that a limit swallows changes nothing.
changes as (

    select
        steps.*,
        lead(entered_at) over (partition by lead_id, scorecard_id order by entered_at) as next_changed_at
    from steps
    where
        earlier_fit_score is null
        or fit_score <> earlier_fit_score
        or engagement_score <> earlier_engagement_score

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
from changes
where
    next_changed_at is null
    or cast(next_changed_at as date) > cast(entered_at as date)
