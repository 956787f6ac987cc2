{{ config(materialized='view', meta={'recomputed_by': 'lead'}) }}

with

activities as (

    select * from {{ ref('lead_activities') }}

),

types as (

    select * from {{ ref('activity_types') }}

),

sessions as (

    select
        sources.session_id,
        channels.channel
    from {{ ref('session_sources') }} as sources
    inner join {{ ref('traffic_channels') }} as channels on sources.traffic_id = channels.traffic_id

)

select
    activities.activity_id,
    activities.lead_id,
    activities.session_id,
    case
        when activities.campaign_source_id is not null
            then {{ hash_of(['activities.source_system', 'activities.campaign_source_id']) }}
    end as campaign_id,
    activities.source_system,
    activities.source_entity,
    activities.source_id,
    activities.activity_type,
    types.category,
    types.intent,
    -- Mail and text messages are channels by themselves, whatever visit follows them.
    case
        when sessions.session_id is not null then sessions.channel
        when types.category = 'email' then 'Email'
        when types.category = 'sms' then 'SMS'
    end as channel,
    activities.sequence_name,
    activities.sequence_step,
    {{ without_addresses('activities.content_name') }} as content_name,
    types.is_inbound,
    activities.occurred_at,
    activities.known_at
from activities
inner join types on activities.activity_type = types.activity_type
left join sessions on activities.session_id = sessions.session_id
