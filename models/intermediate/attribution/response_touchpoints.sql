{{ config(materialized='view') }}

-- The kind of a campaign is one of the words that CRMs use for lead sources too, and stands for the same channel.
select
    responses.response_id as touch_id,
    responses.lead_id,
    coalesce(kinds.channel, 'Unassigned') as channel,
    coalesce(lower({{ without_addresses('responses.campaign_name') }}), '(none)') as campaign,
    '(none)' as content,
    responses.occurred_at as touched_at,
    responses.known_at
from {{ ref('lead_campaign_responses') }} as responses
left join {{ ref('conformed_campaigns') }} as campaigns
    on
        responses.source_system = campaigns.source_system
        and responses.campaign_source_id = campaigns.campaign_source_id
left join {{ ref('lead_source_channels') }} as kinds
    on lower(trim(campaigns.kind)) = lower(trim(kinds.lead_source))
where responses.known_at <= {{ as_of() }}
