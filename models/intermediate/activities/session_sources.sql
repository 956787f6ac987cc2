{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'visitor'}) }}

with

landings as (

    select
        sessions.source_system,
        sessions.visitor_id,
        sessions.session_id,
        events.click_id,
        {{ url_host('events.page_url') }} as page_host,
        {{ url_host('events.referrer_url') }} as referrer_host,
        {{ url_path('events.page_url') }} as landing_path,
        events.page_url,
        lower(coalesce(events.utm_source, {{ url_parameter('events.page_url', 'utm_source') }})) as utm_source,
        lower(coalesce(events.utm_medium, {{ url_parameter('events.page_url', 'utm_medium') }})) as utm_medium,
        lower(coalesce(events.utm_campaign, {{ url_parameter('events.page_url', 'utm_campaign') }})) as utm_campaign,
        coalesce(events.utm_content, {{ url_parameter('events.page_url', 'utm_content') }}) as utm_content,
        coalesce(events.utm_term, {{ url_parameter('events.page_url', 'utm_term') }}) as utm_term
    from {{ of_changed_visitors(ref('visitor_sessions')) }} as sessions
    inner join {{ of_changed_visitors(ref('conformed_web_events')) }} as events
        on
            sessions.source_system = events.source_system
            and sessions.source_event_id = events.event_id

),

-- A click id in the address proves a paid click, whatever else is said.
clicked as (

    select
        landings.session_id,
        min(click_ids.source) as click_source,
        min(click_ids.medium) as click_medium
    from landings
    inner join {{ ref('click_ids') }} as click_ids
        on
            {{ contains('landings.page_url', "'?' || click_ids.parameter || '='") }}
            or {{ contains('landings.page_url', "'&' || click_ids.parameter || '='") }}
    where {{ contains('landings.page_url', "'?'") }}
    group by landings.session_id

),

referred as (

    select
        landings.*,
        clicked.click_source,
        clicked.click_medium,
        case when landings.referrer_host <> landings.page_host or landings.page_host is null then landings.referrer_host end
            as external_host
    from landings
    left join clicked on landings.session_id = clicked.session_id

),

sourced as (

    select
        referred.*,
        coalesce(
            referred.click_source,
            referred.utm_source,
            referred.external_host,
            case when referred.click_id is not null then 'google' end,
            '(direct)'
        ) as source,
        coalesce(
            referred.click_medium,
            referred.utm_medium,
            case
                when referred.click_id is not null then 'cpc'
                when referred.utm_source is not null then '(not set)'
                when categories.category = 'search' then 'organic'
                when referred.external_host is not null then 'referral'
                else '(none)'
            end
        ) as medium
    from referred
    left join {{ ref('source_categories') }} as categories on referred.external_host = categories.source

)

select
    source_system,
    visitor_id,
    session_id,
    {{ hash_of(['source', 'medium', 'utm_campaign']) }} as traffic_id,
    source,
    medium,
    utm_campaign as campaign,
    utm_content as content,
    utm_term as term,
    landing_path
from sourced
