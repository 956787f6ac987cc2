select
    responses.source_system,
    {{ hash_of(['responses.source_system', 'responses.campaign_source_id', 'responses.lead_source_id', 'responses.response',
        'responses.occurred_at']) }} as response_id,
    leads.lead_id,
    responses.campaign_source_id,
    campaigns.name as campaign_name,
    lower(responses.response) as response,
    coalesce(lower(campaigns.kind), 'campaign') || '_' || lower(responses.response) as kind_response,
    responses.occurred_at,
    greatest(responses.occurred_at, leads.created_at) as known_at
from {{ ref('conformed_campaign_responses') }} as responses
inner join {{ ref('lead_nodes') }} as lead_nodes
    on 'record:' || responses.source_system || ':' || responses.lead_source_id = lead_nodes.node
inner join {{ ref('resolved_leads') }} as leads on lead_nodes.lead_id = leads.lead_id
left join {{ ref('conformed_campaigns') }} as campaigns
    on
        responses.source_system = campaigns.source_system
        and responses.campaign_source_id = campaigns.campaign_source_id
