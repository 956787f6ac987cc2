-- The leads that a rule gives points now are those that have it among the reasons of their score.
with

reasons as (

    select
        scorecard_id,
        dimension,
        rule_id,
        count(distinct lead_id) as count_leads,
        cast(sum(points) as {{ dbt.type_float() }}) as points
    from {{ ref('lead_score_reasons') }}
    where reason_kind = 'rule'
    group by scorecard_id, dimension, rule_id

)

select
    rules.scorecard_id,
    rules.rule_kind,
    rules.rule_id,
    rules.count_leads_now,
    reasons.count_leads
from {{ ref('rule_effectiveness') }} as rules
full outer join reasons
    on
        rules.scorecard_id = reasons.scorecard_id
        and rules.rule_kind = reasons.dimension
        and rules.rule_id = reasons.rule_id
where
    coalesce(rules.rule_kind, '') <> 'stage'
    and (
        rules.rule_id is null
        or rules.count_leads_now <> coalesce(reasons.count_leads, 0)
        or abs(coalesce(rules.average_points * rules.count_leads_now, 0) - coalesce(reasons.points, 0)) > 1e-6
    )
