-- Why does the lead with the most points have them? The points add up to its score.
with

best as (

    select
        lead_id,
        scorecard_id,
        score
    from {{ ref('lead_scores') }}
    where is_champion
    order by score desc, lead_id asc
    limit 1

)

select
    reasons.lead_id,
    reasons.dimension,
    reasons.rule_id,
    reasons.description,
    reasons.points,
    best.score
from best
inner join {{ ref('lead_score_reasons') }} as reasons
    on
        best.lead_id = reasons.lead_id
        and best.scorecard_id = reasons.scorecard_id
order by reasons.points desc, reasons.rule_id asc
