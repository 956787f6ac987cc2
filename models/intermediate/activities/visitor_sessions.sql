{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'visitor'}) }}

with

measured as (

    select
        source_system,
        visitor_id,
        session_number,
        min(lead_id) as lead_id,
        -- What a tracker sends of itself is no event of the visit, unless a rule makes it an activity.
        sum(case when is_background and activity_type is null then 0 else 1 end) as count_events,
        sum(case when activity_type is not null then 1 else 0 end) as count_activities,
        sum(coalesce(engaged_seconds, 0)) as engaged_seconds,
        sum(
            case
                when is_on_pricing or activity_type = 'pricing_page_view' then coalesce(engaged_seconds, 0)
                else 0
            end
        ) as pricing_engaged_seconds,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(case when has_traffic_source then occurred_at end) as source_seen_at,
        max(known_at) as events_known_at
    from {{ ref('sessionised_web_events') }}
    group by source_system, visitor_id, session_number

),

landings as (

    select
        source_system,
        visitor_id,
        session_number,
        event_id as landing_event_id
    from {{ ref('sessionised_web_events') }}
    where is_landing

),

-- The event that brought the session: the first that tells where it came from, else the landing.
source_events as (

    select
        events.source_system,
        events.visitor_id,
        events.session_number,
        min(events.event_id) as source_event_id
    from {{ ref('sessionised_web_events') }} as events
    inner join measured
        on
            events.source_system = measured.source_system
            and events.visitor_id = measured.visitor_id
            and events.session_number = measured.session_number
            and events.occurred_at = measured.source_seen_at
    where events.has_traffic_source
    group by events.source_system, events.visitor_id, events.session_number

)

select
    {{ hash_of(['measured.source_system', 'measured.visitor_id', 'landings.landing_event_id']) }} as session_id,
    measured.source_system,
    measured.visitor_id,
    measured.session_number,
    measured.lead_id,
    landings.landing_event_id,
    coalesce(source_events.source_event_id, landings.landing_event_id) as source_event_id,
    measured.count_events,
    measured.count_activities,
    measured.engaged_seconds,
    measured.pricing_engaged_seconds,
    measured.started_at,
    measured.ended_at,
    -- A session is known to be over once the silence that ends it has passed, and is a lead's once it is identified.
    greatest(
        {{ add_time('measured.ended_at', var('session_timeout_minutes'), 'minute') }}, measured.events_known_at
    ) as known_at
from measured
inner join landings
    on
        measured.source_system = landings.source_system
        and measured.visitor_id = landings.visitor_id
        and measured.session_number = landings.session_number
left join source_events
    on
        measured.source_system = source_events.source_system
        and measured.visitor_id = source_events.visitor_id
        and measured.session_number = source_events.session_number
