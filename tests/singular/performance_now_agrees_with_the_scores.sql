-- The running month counts the leads with the scores that lead_scores tells, without customers.
with

latest as (

    select max(score_month) as score_month
    from {{ ref('scorecard_drift') }}
    where decided_at = {{ as_of() }}

),

told as (

    select
        scores.scorecard_id,
        count(*) as count_leads,
        sum(scores.score) as points
    from {{ ref('lead_scores') }} as scores
    inner join {{ ref('lead_stages') }} as stages on scores.lead_id = stages.lead_id
    where not stages.is_customer
    group by scores.scorecard_id

)

select
    drift.scorecard_id,
    drift.count_leads,
    told.count_leads as count_told_leads
from {{ ref('scorecard_drift') }} as drift
inner join latest on drift.score_month = latest.score_month
left join told on drift.scorecard_id = told.scorecard_id
where
    drift.count_leads is distinct from told.count_leads
    or abs(drift.average_score - cast(told.points as {{ dbt.type_float() }}) / told.count_leads) > 1e-9
