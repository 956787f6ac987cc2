-- The chart of a score ends at the score: the last row of the history is what lead_scores shows.
with

ranked as (

    select
        lead_id,
        scorecard_id,
        fit_score,
        engagement_score,
        score,
        row_number() over (partition by lead_id, scorecard_id order by score_date desc) as recency_rank
    from {{ ref('lead_score_history') }}

)

select
    scores.lead_id,
    scores.scorecard_id,
    scores.score,
    ranked.score as last_score_of_history
from {{ ref('lead_scores') }} as scores
left join ranked
    on
        scores.lead_id = ranked.lead_id
        and scores.scorecard_id = ranked.scorecard_id
        and ranked.recency_rank = 1
where
    ranked.lead_id is null
    or scores.score <> ranked.score
    or scores.fit_score <> ranked.fit_score
    or scores.engagement_score <> ranked.engagement_score
