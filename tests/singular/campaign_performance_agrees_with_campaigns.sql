-- Each campaign of the CRM stands in campaign_performance once, with the same name, cost and responses; and there is no
-- campaign that is said to be listed and is not.
select
    coalesce(campaigns.campaign_id, performance.campaign_id) as campaign_id,
    campaigns.count_responses,
    performance.count_responses as shown_responses
from {{ ref('campaigns') }} as campaigns
full outer join {{ ref('campaign_performance') }} as performance on campaigns.campaign_id = performance.campaign_id
where
    performance.campaign_id is null
    or performance.is_listed <> (campaigns.campaign_id is not null)
    or (
        performance.is_listed
        and (
            campaigns.count_responses <> performance.count_responses
            or campaigns.count_responding_leads <> performance.count_responding_leads
            or campaigns.cost is distinct from performance.cost
        )
    )
