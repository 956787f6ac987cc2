select
    campaigns.source_system,
    campaigns.campaign_source_id,
    sum(opportunities.amount) as revenue
from {{ ref('lead_campaigns') }} as campaigns
inner join {{ ref('lead_opportunities') }} as opportunities
    on
        campaigns.lead_id = opportunities.lead_id
        and {{ follows('opportunities.decided_at', 'campaigns.first_touch_at', var('attribution_lookback_days')) }}
where opportunities.is_won
group by campaigns.source_system, campaigns.campaign_source_id
