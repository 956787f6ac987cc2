{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

-- The score as a step function: what it is from each moment on, until the next.
with

changes as (

    select
        lead_id,
        scorecard_id,
        entered_at,
        sum(case when dimension = 'fit' then points_change else 0 end) as fit_change,
        sum(case when dimension = 'engagement' then points_change else 0 end) as engagement_change
    from {{ ref('group_changes') }}
    where points_change <> 0
    group by lead_id, scorecard_id, entered_at
    union all
    -- Every lead has a score from the start, if only of zero.
    select
        leads.lead_id,
        scorecards.scorecard_id,
        leads.created_at as entered_at,
        0 as fit_change,
        0 as engagement_change
    from {{ of_changed_leads(ref('resolved_leads')) }} as leads
    cross join {{ ref('scorecards') }} as scorecards

),

summed as (

    select
        lead_id,
        scorecard_id,
        entered_at,
        sum(fit_change) as fit_change,
        sum(engagement_change) as engagement_change
    from changes
    group by lead_id, scorecard_id, entered_at

),

accumulated as (

    select
        lead_id,
        scorecard_id,
        entered_at,
        greatest(0, sum(fit_change) over (
            partition by lead_id, scorecard_id
            order by entered_at
            rows between unbounded preceding and current row
        )) as fit_score,
        greatest(0, sum(engagement_change) over (
            partition by lead_id, scorecard_id
            order by entered_at
            rows between unbounded preceding and current row
        )) as engagement_score
    from summed

),

scored as (

    select
        accumulated.lead_id,
        accumulated.scorecard_id,
        cast(accumulated.fit_score as decimal(18, 6)) as fit_score,
        cast(accumulated.engagement_score as decimal(18, 6)) as engagement_score,
        cast(
            least(accumulated.fit_score + accumulated.engagement_score, coalesce(scorecards.max_score, 999999999999))
            as decimal(18, 6)
        ) as score,
        accumulated.entered_at
    from accumulated
    inner join {{ ref('scorecards') }} as scorecards on accumulated.scorecard_id = scorecards.scorecard_id

),

compared as (

    select
        scored.*,
        lag(fit_score) over (partition by lead_id, scorecard_id order by entered_at) as earlier_fit_score,
        lag(engagement_score) over (partition by lead_id, scorecard_id order by entered_at) as earlier_engagement_score,
        lag(score) over (partition by lead_id, scorecard_id order by entered_at) as earlier_score
    from scored

)

-- A change that a limit swallows is no step.
select
    compared.*,
    coalesce(
        lead(entered_at) over (partition by lead_id, scorecard_id order by entered_at), {{ end_of_time() }}
    ) as held_until
from compared
where
    earlier_score is null
    or fit_score <> earlier_fit_score
    or engagement_score <> earlier_engagement_score
