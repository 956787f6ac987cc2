with

events as (

    select
        web_events.source_system,
        web_events.event_id,
        web_events.visitor_id,
        web_events.occurred_at,
        lower(event_name) as event_name,
        case
            when lower(event_name) in ({{ text_list(var('page_view_events')) }}) then lower({{ url_path('page_url') }})
        end as page_path,
        -- Trackers report attention on events of their own too.
        case when engaged_seconds is not null then lower({{ url_path('page_url') }}) end as engaged_path,
        lower(form_name) as form_name,
        lower(asset_name) as asset_name,
        engaged_seconds,
        utm_source is not null
        or utm_medium is not null
        or click_id is not null
        or coalesce({{ contains('page_url', "'utm_source='") }}, false)
        or coalesce({{ contains('page_url', "'utm_medium='") }}, false)
        or case
            when referrer_url is null then false
            -- Most referrers are pages of the same site: that is seen without taking addresses apart.
            when split_part(referrer_url, '/', 3) = split_part(page_url, '/', 3) then false
            else coalesce({{ url_host('referrer_url') }} <> {{ url_host('page_url') }}, true)
        end as has_traffic_source
    from {{ of_changed_visitors(ref('conformed_web_events')) }} as web_events

)

select
    events.source_system,
    events.event_id,
    events.visitor_id,
    -- An event that names a person is that person's, whoever else is known on the device.
    coalesce(named.lead_id, spans.lead_id) as lead_id,
    events.occurred_at,
    greatest(events.occurred_at, coalesce(named.identified_at, spans.identified_at)) as known_at,
    events.event_name,
    events.page_path,
    events.engaged_path,
    events.form_name,
    events.asset_name,
    events.engaged_seconds,
    events.event_name in ({{ text_list(var('background_events') + ['']) }}) as is_background,
    events.has_traffic_source
from events
left join {{ ref('visitor_spans') }} as spans
    on
        events.source_system = spans.source_system
        and events.visitor_id = spans.visitor_id
        and events.occurred_at >= spans.started_at
        and events.occurred_at < spans.ended_at
left join {{ ref('named_web_events') }} as named
    on
        events.source_system = named.source_system
        and events.event_id = named.event_id
