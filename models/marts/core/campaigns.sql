with

campaigns as (

    select * from {{ ref('conformed_campaigns') }}

),

responses as (

    select
        source_system,
        campaign_source_id,
        count(*) as count_responses,
        count(distinct lead_id) as count_responding_leads
    from {{ ref('lead_campaign_responses') }}
    group by source_system, campaign_source_id

)

select
    {{ hash_of(['campaigns.source_system', 'campaigns.campaign_source_id']) }} as campaign_id,
    campaigns.source_system,
    campaigns.campaign_source_id,
    campaigns.name as campaign_name,
    campaigns.kind as campaign_kind,
    campaigns.cost,
    cast(coalesce(responses.count_responses, 0) as bigint) as count_responses,
    cast(coalesce(responses.count_responding_leads, 0) as bigint) as count_responding_leads,
    campaigns.started_at,
    campaigns.ended_at
from campaigns
left join responses
    on
        campaigns.source_system = responses.source_system
        and campaigns.campaign_source_id = responses.campaign_source_id
