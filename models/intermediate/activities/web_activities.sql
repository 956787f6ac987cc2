{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'visitor'}) }}

-- Web events of leads that are activities.
select
    events.source_system,
    events.visitor_id,
    events.event_id,
    events.lead_id,
    events.activity_type,
    sessions.session_id,
    coalesce(contents.asset_name, contents.form_name, contents.page_path) as content_name,
    events.occurred_at,
    events.known_at
from {{ ref('sessionised_web_events') }} as events
inner join {{ of_changed_visitors(ref('visitor_sessions')) }} as sessions
    on
        events.source_system = sessions.source_system
        and events.visitor_id = sessions.visitor_id
        and events.session_number = sessions.session_number
inner join {{ ref('assigned_web_events') }} as contents
    on
        events.source_system = contents.source_system
        and events.event_id = contents.event_id
        and contents.lead_id is not null
where events.lead_id is not null and events.activity_type is not null
