-- What does each response to a campaign cost?
select
    campaign_name,
    campaign_kind,
    cost,
    count_responses,
    count_responding_leads,
    {{ rate('cost', 'count_responding_leads') }} as cost_per_responding_lead
from {{ ref('campaigns') }}
where count_responses > 0
order by cost_per_responding_lead asc, campaign_name asc
