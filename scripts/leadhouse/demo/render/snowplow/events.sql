-- The tracker pings every ten seconds, and the site tells of itself, when a page is left, what came after the last ping. The world
-- says how long a page had attention but not until when: pings that would come after the visitor's last event of the session
-- stand at the page view's own moment, so that sessions end when they do in other systems' worlds.
with

followed as (

    select
        *,
        lead(occurred_at) over (partition by visitor_id order by occurred_at, event_id) as next_at,
        lead(coalesce(email, user_id)) over (partition by visitor_id order by occurred_at, event_id) is null as is_same_person
    from web_events

),

signals as (

    select
        followed.*,
        '' as part,
        0 as part_seconds,
        case
            when event_name = 'page_view' then 'page_view'
            when event_name in ('form_submit', 'file_download', 'asset_download') then 'unstruct'
            when event_name is not null then 'struct'
        end as kind
    from followed
    union all
    select
        followed.*,
        '-' || cast(pings.number as varchar),
        10 * pings.number,
        'page_ping'
    from followed
    inner join range(1, 1000) as pings (number) on 10 * pings.number <= followed.engaged_seconds
    where event_id is not null
    union all
    select
        followed.*,
        '-left',
        engaged_seconds,
        'page_left'
    from followed
    where event_id is not null and engaged_seconds % 10 > 0

),

timed as (

    select
        *,
        occurred_at + to_seconds(part_seconds) as created_at,
        is_same_person and next_at < occurred_at + interval '30 minutes' and occurred_at + to_seconds(part_seconds) < next_at
            as is_within_session
    from signals

)

select
    'website' as app_id,
    'web' as platform,
    loaded_at as etl_tstamp,
    coalesce(loaded_at, occurred_at) as collector_tstamp,
    created_at as dvce_created_tstamp,
    case when kind = 'page_left' then 'unstruct' else kind end as event,
    event_id || part as event_id,
    'leadhouse' as name_tracker,
    'js-4.6.8' as v_tracker,
    user_id,
    visitor_id as domain_userid,
    cast(null as varchar) as network_userid,
    page_url,
    referrer_url as page_referrer,
    utm_medium as mkt_medium,
    utm_source as mkt_source,
    utm_term as mkt_term,
    utm_content as mkt_content,
    utm_campaign as mkt_campaign,
    click_id as mkt_clickid,
    case when kind = 'struct' then split_part(event_name, '_', 1) end as se_category,
    case when kind = 'struct' then event_name end as se_action,
    user_agent as useragent,
    case
        when kind = 'page_left' or event_name = 'asset_download' then 'example.leadhouse'
        when kind = 'struct' then 'com.google.analytics'
        else 'com.snowplowanalytics.snowplow'
    end as event_vendor,
    case
        when kind = 'unstruct' and event_name = 'form_submit' then 'submit_form'
        when kind = 'unstruct' and event_name = 'file_download' then 'link_click'
        when kind = 'unstruct' then event_name
        when kind = 'struct' then 'event'
        else kind
    end as event_name,
    'jsonschema' as event_format,
    '1-0-0' as event_version,
    case when is_within_session then created_at else occurred_at end as derived_tstamp,
    loaded_at as load_tstamp,
    to_json([{'id': event_id}]) as contexts_com_snowplowanalytics_snowplow_web_page_1,
    case when email is not null and event_name <> 'form_submit' then to_json([{'email': email}]) end
        as contexts_example_leadhouse_person_1,
    case
        when kind = 'unstruct' and event_name = 'form_submit'
            then to_json({
                'formId': form_name,
                'formClasses': cast([] as varchar[]),
                'elements': [{'name': 'email', 'value': email, 'nodeName': 'INPUT', 'type': 'email'}]
            })
    end as unstruct_event_com_snowplowanalytics_snowplow_submit_form_1,
    case
        when kind = 'unstruct' and event_name = 'file_download'
            then to_json({'targetUrl': 'https://www.leadhouse.example/files/' || asset_name || '.pdf'})
    end as unstruct_event_com_snowplowanalytics_snowplow_link_click_1,
    case when kind = 'unstruct' and event_name = 'asset_download' then to_json({'name': asset_name}) end
        as unstruct_event_example_leadhouse_asset_download_1,
    case when kind = 'page_left' then to_json({'engaged_seconds': engaged_seconds % 10}) end
        as unstruct_event_example_leadhouse_page_left_1
from timed
