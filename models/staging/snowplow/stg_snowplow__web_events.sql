{#- The page view that an event belongs to. -#}
{% set page_view_id = nested_text('contexts_com_snowplowanalytics_snowplow_web_page_1', '[0].id') %}
{% set spider = nested_text('contexts_com_iab_snowplow_spiders_and_robots_1', '[0].spiderOrRobot') %}
{% set spider_snake = nested_text('contexts_com_iab_snowplow_spiders_and_robots_1', '[0].spider_or_robot') %}
{% set emails = [snowplow_value('email')] %}
{% for column, path in var('snowplow_email_contexts').items() %}
    {% do emails.append(nested_text(column, '[0].' ~ path)) %}
{% endfor %}

with

told as (

    select
        events.*,
        {{ snowplow_value('event_name') }} as mapped_name,
        {{ snowplow_value('event_name_field') }} as told_name,
        {{ snowplow_value('form_name') }} as form_name,
        {{ snowplow_value('asset_name') }} as asset_name,
        {{ snowplow_value('asset_url') }} as asset_url,
        coalesce({{ emails | join(', ') }}, null) as email,
        {{ snowplow_value('click_id') }} as told_click_id,
        {{ snowplow_value('engaged_seconds') }} as told_seconds,
        case when event_name = 'page_ping' then {{ page_view_id }} end as pinged_page_view_id,
        {{ seconds_between("cast('1970-01-01 00:00:00' as timestamp)", 'dvce_created_tstamp') }} as created_second,
        coalesce({{ spider }}, {{ spider_snake }}, 'false') = 'true' as is_spider
    from {{ ref('base_snowplow__events') }} as events

)

{{ contract_rows('web_events', 'snowplow', 'told', {
    'event_id': "case when event_id is not null and pinged_page_view_id is not null and created_second is not null "
        ~ "then 'ping ' || pinged_page_view_id || ' ' || cast(cast(floor(created_second / " ~ var('snowplow_heartbeat_seconds')
        ~ ") as bigint) as " ~ dbt.type_string() ~ ") else event_id end",
    'visitor_id': "coalesce(domain_userid, network_userid, 'user:' || user_id)",
    'user_id': 'user_id',
    'email': 'email',
    'event_name': "coalesce(mapped_name, case when asset_name is not null or " ~ is_download('asset_url')
        ~ " then 'file_download' end, lower(told_name), event_name, event)",
    'occurred_at': 'coalesce(derived_tstamp, collector_tstamp)',
    'loaded_at': 'coalesce(load_tstamp, etl_tstamp, collector_tstamp)',
    'page_url': 'page_url',
    'referrer_url': 'page_referrer',
    'utm_source': 'mkt_source',
    'utm_medium': 'mkt_medium',
    'utm_campaign': 'mkt_campaign',
    'utm_content': 'mkt_content',
    'utm_term': 'mkt_term',
    'click_id': 'coalesce(mkt_clickid, told_click_id)',
    'form_name': 'form_name',
    'asset_name': "coalesce(asset_name, case when " ~ is_download('asset_url') ~ " then " ~ file_title('asset_url') ~ " end)",
    'engaged_seconds': "case when event_name = 'page_ping' then " ~ var('snowplow_heartbeat_seconds')
        ~ " else " ~ try_number('told_seconds') ~ " end",
    'user_agent': 'useragent',
}, unused="case "
    ~ ("when app_id is null or app_id not in (" ~ text_list(var('snowplow_app_ids')) ~ ") then 'other_app' " if var('snowplow_app_ids') else "")
    ~ "when is_spider or lower(br_type) = 'robot' or lower(br_family) like 'robot%' then 'bot' end") }}
