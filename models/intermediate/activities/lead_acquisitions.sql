with

sessions as (

    select
        sessions.lead_id,
        sessions.session_id,
        sources.source,
        sources.medium,
        sources.campaign,
        sources.landing_path,
        channels.channel,
        sessions.started_at,
        row_number() over (
            partition by sessions.lead_id
            order by sessions.started_at, sessions.session_id
        ) as lead_session_number
    from {{ ref('visitor_sessions') }} as sessions
    inner join {{ ref('session_sources') }} as sources on sessions.session_id = sources.session_id
    inner join {{ ref('traffic_channels') }} as channels
        on sources.traffic_id = channels.traffic_id
    where sessions.lead_id is not null

)

select
    leads.lead_id,
    sessions.session_id as first_session_id,
    sessions.source as first_source,
    sessions.medium as first_medium,
    sessions.campaign as first_campaign,
    sessions.landing_path as first_landing_path,
    coalesce(sessions.channel, lead_sources.channel, 'Unassigned') as acquisition_channel,
    sessions.started_at as first_seen_at
from {{ ref('resolved_leads') }} as leads
left join sessions
    on
        leads.lead_id = sessions.lead_id
        and sessions.lead_session_number = 1
left join {{ ref('lead_source_channels') }} as lead_sources
    on lower(trim(leads.lead_source)) = lower(trim(lead_sources.lead_source))
