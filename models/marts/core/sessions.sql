{{ config(materialized='view') }}

with

sessions as (

    select * from {{ ref('visitor_sessions') }}

),

sources as (

    select * from {{ ref('session_sources') }}

),

channels as (

    select * from {{ ref('traffic_channels') }}

)

select
    sessions.session_id,
    sessions.lead_id,
    {{ hash_of(['sessions.source_system', 'sessions.visitor_id']) }} as visitor_key,
    sessions.source_system,
    channels.channel,
    {{ without_addresses('sources.source') }} as source,
    {{ without_addresses('sources.medium') }} as medium,
    {{ without_addresses('sources.campaign') }} as campaign,
    {{ without_addresses('sources.content') }} as content,
    {{ without_addresses('sources.term') }} as term,
    {{ without_addresses('sources.landing_path') }} as landing_path,
    cast(sessions.session_number as bigint) as visitor_session_number,
    cast(sessions.count_events as bigint) as count_events,
    cast(sessions.count_activities as bigint) as count_activities,
    cast(sessions.engaged_seconds as decimal(18, 3)) as engaged_seconds,
    cast(sessions.pricing_engaged_seconds as decimal(18, 3)) as pricing_engaged_seconds,
    sessions.lead_id is not null as is_identified,
    sessions.started_at,
    sessions.ended_at
from sessions
inner join sources on sessions.session_id = sources.session_id
inner join channels
    on sources.traffic_id = channels.traffic_id
