-- How many leads lack just one condition of a stage rule, and which?
with

latest as (

    select
        checks.*,
        row_number() over (
            partition by checks.lead_id, checks.scorecard_id, checks.stage, checks.rule_id, checks.clause
            order by checks.valid_from desc, checks.checked_at desc
        ) as recency
    from {{ ref('stage_rule_checks') }} as checks
    inner join {{ ref('lead_stages') }} as stages
        on
            checks.lead_id = stages.lead_id
            and checks.scorecard_id = stages.scorecard_id
            and checks.stage <> stages.stage
    where stages.stage in ('lead', 'mql') and not stages.is_excluded

),

lacking as (

    select
        lead_id,
        stage,
        rule_id,
        min(case when not is_met then metric end) as metric,
        min(case when not is_met then needed_value end) as needed_value
    from latest
    where recency = 1
    group by lead_id, stage, rule_id
    having sum(case when is_met then 0 else 1 end) = 1 and count(*) > 1

)

select
    stage,
    rule_id,
    metric,
    needed_value,
    count(*) as count_leads
from lacking
group by stage, rule_id, metric, needed_value
order by count_leads desc, stage asc, rule_id asc, metric asc
