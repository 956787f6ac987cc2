{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

-- The score as a step function: what it is from each moment on, until the next.
with

accumulated as (

    select
        series_number,
        entered_at,
        fit_change,
        engagement_change,
        sum(fit_change) over (
            partition by series_number
            order by entered_at
            rows between unbounded preceding and current row
        ) as fit_points,
        sum(engagement_change) over (
            partition by series_number
            order by entered_at
            rows between unbounded preceding and current row
        ) as engagement_points,
        row_number() over (partition by series_number order by entered_at) as change_number
    from {{ ref('score_changes') }}

),

scored as (

    select
        series_number,
        entered_at,
        cast(greatest(0, fit_points) as decimal(18, 6)) as fit_score,
        cast(greatest(0, engagement_points) as decimal(18, 6)) as engagement_score,
        case when change_number > 1 then cast(greatest(0, fit_points - fit_change) as decimal(18, 6)) end
            as earlier_fit_score,
        case when change_number > 1 then cast(greatest(0, engagement_points - engagement_change) as decimal(18, 6)) end
            as earlier_engagement_score
    from accumulated

),

-- A change that a limit swallows is no step.
steps as (

    select
        scored.*,
        lead(entered_at) over (partition by series_number order by entered_at) as next_entered_at
    from scored
    where
        earlier_fit_score is null
        or fit_score <> earlier_fit_score
        or engagement_score <> earlier_engagement_score

)

select
    series.lead_id,
    series.scorecard_id,
    steps.fit_score,
    steps.engagement_score,
    cast(
        least(steps.fit_score + steps.engagement_score, coalesce(series.max_score, 999999999999)) as decimal(18, 6)
    ) as score,
    steps.earlier_fit_score,
    steps.earlier_engagement_score,
    case
        when steps.earlier_fit_score is not null
            then cast(
                least(
                    steps.earlier_fit_score + steps.earlier_engagement_score, coalesce(series.max_score, 999999999999)
                ) as decimal(18, 6)
            )
    end as earlier_score,
    steps.entered_at,
    coalesce(steps.next_entered_at, {{ end_of_time() }}) as held_until
from steps
inner join {{ ref('score_series') }} as series on steps.series_number = series.series_number
