-- The promise of the whole project: the reasons shown for a score, limits included, are all of it. If they did not add up
-- exactly, neither people nor `leadhouse explain` could say why a lead has its score.
with

reasons as (

    select
        lead_id,
        scorecard_id,
        sum(points) as points,
        sum(case when dimension = 'fit' then points else 0 end) as fit_points,
        sum(case when dimension = 'engagement' then points else 0 end) as engagement_points
    from {{ ref('lead_score_reasons') }}
    group by lead_id, scorecard_id

)

select
    coalesce(scores.lead_id, reasons.lead_id) as lead_id,
    coalesce(scores.scorecard_id, reasons.scorecard_id) as scorecard_id,
    scores.score,
    reasons.points
from {{ ref('lead_scores') }} as scores
full outer join reasons
    on
        scores.lead_id = reasons.lead_id
        and scores.scorecard_id = reasons.scorecard_id
where
    scores.lead_id is null
    or scores.score <> coalesce(reasons.points, 0)
    or scores.fit_score <> coalesce(reasons.fit_points, 0)
    or scores.engagement_score <> coalesce(reasons.engagement_points, 0)
