-- What became of a lead, as sales sees it: a rule's own SQL would only prove the rule right.
select
    outcomes.lead_id,
    outcomes.created_at,
    least(outcomes.sql_at_by_crm, times.opportunity_at, times.customer_at) as sql_at,
    least(times.opportunity_at, times.customer_at) as opportunity_at,
    times.customer_at
from {{ ref('lead_outcomes') }} as outcomes
left join {{ ref('first_stage_times') }} as times on outcomes.lead_id = times.lead_id
