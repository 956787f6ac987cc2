{{ config(materialized='view') }}

-- A session that may still go on is none yet.
select
    sessions.session_id as touch_id,
    sessions.lead_id,
    sessions.source_system,
    sessions.visitor_id,
    channels.channel,
    coalesce({{ without_addresses('sources.campaign') }}, '(none)') as campaign,
    coalesce({{ without_addresses('coalesce(sources.content, sources.landing_path)') }}, '(none)') as content,
    sessions.started_at as touched_at,
    sessions.known_at
from {{ ref('visitor_sessions') }} as sessions
inner join {{ ref('session_sources') }} as sources on sessions.session_id = sources.session_id
inner join {{ ref('traffic_channels') }} as channels on sources.traffic_id = channels.traffic_id
where sessions.known_at <= {{ as_of() }}
