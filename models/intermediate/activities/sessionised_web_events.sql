{% set fields = {
    'event_name': 'events.event_name', 'page_path': 'coalesce(events.page_path, events.engaged_path)',
    'form_name': 'events.form_name', 'asset_name': 'events.asset_name',
} %}

with

events as (

    select * from {{ ref('assigned_web_events') }}

),

-- The rule with the lowest priority among all fields of an event decides. Through the windows goes only what they need.
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
        events.is_background,
        coalesce(by_page_path.activity_type = 'pricing_page_view', false) as is_on_pricing,
        least(
            {% for field in fields if field != 'page_path' %}
            by_{{ field }}.priority,
            {% endfor %}
            case when events.page_path is not null then by_page_path.priority end
        ) as priority
    from events
    {% for field in fields %}
    left join {{ ref('classified_values') }} as by_{{ field }}
        on
            by_{{ field }}.entity = 'web_events'
            and by_{{ field }}.field = '{{ field }}'
            and {{ fields[field] }} = by_{{ field }}.value
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

),

numbered as (

    select
        flagged.*,
        sum(is_first_of_session) over (
            partition by source_system, visitor_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from flagged

)

select
    numbered.source_system,
    numbered.event_id,
    numbered.visitor_id,
    numbered.lead_id,
    numbered.session_number,
    rules.activity_type,
    numbered.engaged_seconds,
    numbered.is_on_pricing,
    numbered.is_background,
    numbered.has_traffic_source,
    numbered.is_first_of_session = 1 as is_landing,
    numbered.occurred_at,
    numbered.known_at
from numbered
left join {{ ref('activity_rules') }} as rules
    on
        rules.entity = 'web_events'
        and numbered.priority = rules.priority
