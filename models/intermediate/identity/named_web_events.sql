-- Events that name a person, with the lead that this is.
select
    events.source_system,
    events.event_id,
    events.visitor_id,
    lead_nodes.lead_id,
    events.occurred_at,
    events.identified_at
from {{ ref('identified_web_events') }} as events
inner join {{ ref('lead_nodes') }} as lead_nodes
    on coalesce('email:' || events.personal_email, 'record:' || events.record_id) = lead_nodes.node
