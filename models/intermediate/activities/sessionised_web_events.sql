{% set fields = ['event_name', 'page_path', 'page_url', 'form_name', 'asset_name'] %}

with

events as (

    select * from {{ ref('assigned_web_events') }}

),

-- The rule with the lowest priority among all fields of an event decides.
classified as (

    select
        events.source_system,
        events.event_id,
        events.visitor_id,
        events.lead_id,
        events.occurred_at,
        events.known_at,
        events.engaged_seconds,
        events.has_traffic_source,
        coalesce(events.asset_name, events.form_name, events.page_path) as content_name,
        case least(
            {% for field in fields %}
            coalesce(by_{{ field }}.priority, 2147483647){{ ',' if not loop.last }}
            {% endfor %}
        )
            when 2147483647 then null
            {% for field in fields %}
            when by_{{ field }}.priority then by_{{ field }}.activity_type
            {% endfor %}
        end as activity_type
    from events
    {% for field in fields %}
    left join {{ ref('classified_values') }} as by_{{ field }}
        on
            by_{{ field }}.entity = 'web_events'
            and by_{{ field }}.field = '{{ field }}'
            and events.{{ field }} = by_{{ field }}.value
    {% endfor %}

),

with_previous as (

    select
        classified.*,
        lag(occurred_at) over (
            partition by source_system, visitor_id
            order by occurred_at, event_id
        ) as previous_at,
        lag(lead_id) over (
            partition by source_system, visitor_id
            order by occurred_at, event_id
        ) as previous_lead_id
    from classified

),

-- A session ends with a silence, and where the device passes to another person.
flagged as (

    select
        with_previous.*,
        case
            when previous_at is null then 1
            when occurred_at >= {{ add_time('previous_at', var('session_timeout_minutes'), 'minute') }} then 1
            when coalesce(lead_id, '') <> coalesce(previous_lead_id, '') then 1
            else 0
        end as is_first_of_session
    from with_previous

)

select
    source_system,
    event_id,
    visitor_id,
    lead_id,
    sum(is_first_of_session) over (
        partition by source_system, visitor_id
        order by occurred_at, event_id
        rows between unbounded preceding and current row
    ) as session_number,
    activity_type,
    content_name,
    engaged_seconds,
    has_traffic_source,
    is_first_of_session = 1 as is_landing,
    occurred_at,
    known_at
from flagged
