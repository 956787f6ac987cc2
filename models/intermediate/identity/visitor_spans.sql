with

identifications as (

    select
        events.source_system,
        events.visitor_id,
        events.event_id,
        events.occurred_at,
        events.identified_at,
        lead_nodes.lead_id
    from {{ ref('identified_web_events') }} as events
    inner join {{ ref('lead_nodes') }} as lead_nodes
        on coalesce('email:' || events.personal_email, 'record:' || events.record_id) = lead_nodes.node

),

ordered as (

    select
        identifications.*,
        lag(lead_id) over (
            partition by source_system, visitor_id
            order by occurred_at, event_id
        ) as earlier_lead_id
    from identifications

),

-- Only where the person changes does a new span begin.
changes as (

    select
        ordered.*,
        row_number() over (partition by source_system, visitor_id order by occurred_at, event_id) as span_number,
        lead(occurred_at) over (partition by source_system, visitor_id order by occurred_at, event_id) as next_started_at
    from ordered
    where earlier_lead_id is null or earlier_lead_id <> lead_id

)

select
    source_system,
    visitor_id,
    lead_id,
    -- The first person also gets what was seen before anybody was known.
    case when span_number = 1 then {{ start_of_time() }} else occurred_at end as started_at,
    coalesce(next_started_at, {{ end_of_time() }}) as ended_at,
    identified_at
from changes
