-- Who is ready for sales today, why, and since when?
select
    leads.lead_id,
    leads.company_name,
    leads.owner_id,
    stages.stage,
    stages.sql_rule_id,
    scores.grade,
    scores.score,
    scores.trend,
    scores.top_reasons,
    scores.next_drop_at,
    stages.cycle_sql_at
from {{ ref('lead_stages') }} as stages
inner join {{ ref('leads') }} as leads on stages.lead_id = leads.lead_id
inner join {{ ref('lead_scores') }} as scores
    on
        stages.lead_id = scores.lead_id
        and stages.scorecard_id = scores.scorecard_id
where stages.stage = 'sql' and not stages.is_excluded
order by scores.score desc, stages.cycle_sql_at desc, leads.lead_id asc
limit 50
