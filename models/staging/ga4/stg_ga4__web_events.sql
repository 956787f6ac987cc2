{#- Parameters of the event that hold a column of the contract: those of the variable first, then GA4's own. -#}
{% set params = {
    'page_url': ['page_location'], 'referrer_url': ['page_referrer'], 'engaged_msec': ['engagement_time_msec'],
    'form_name': ['form_name', 'form_id'], 'asset_name': [], 'file_name': ['file_name', 'link_url'],
    'utm_source': ['source'], 'utm_medium': ['medium'], 'utm_campaign': ['campaign'], 'utm_content': ['content'],
    'utm_term': ['term'], 'click_id': ['gclid'],
} %}
{% for column in var('ga4_event_params') if column not in params or column in ['engaged_msec', 'file_name'] %}
    {{ exceptions.raise_compiler_error(
        "Variable ga4_event_params: '" ~ column ~ "' is no column that a parameter can hold. There are "
        ~ params.keys() | reject('in', ['engaged_msec', 'file_name']) | join(', ') ~ "."
    ) }}
{% endfor %}
{% set collected = {
    'utm_source': 'manual_source', 'utm_medium': 'manual_medium', 'utm_campaign': 'manual_campaign_name',
    'utm_content': 'manual_content', 'utm_term': 'manual_term', 'click_id': 'gclid',
} %}

with

opened as (

    select
        events.*,
        {{ json_params('event_params') }} as params
    from {{ ref('base_ga4__events') }} as events

),

told as (

    select
        opened.*,
        {% for column, keys in params.items() %}
        {% set found = [nested_text('collected_traffic_source', collected[column])] if column in collected else [] %}
        {% for key in var('ga4_event_params').get(column, []) + keys %}
        {% do found.append(json_param('params', key)) %}
        {% endfor %}
        coalesce({{ found | join(', ') }}{{ ', ' if found }}null, null) as {{ column }},
        {% endfor %}
        -- Clicks that Google tags itself bring no campaign but this.
        {{ nested_text('session_traffic_source_last_click', 'google_ads_campaign.campaign_name') }} as ads_campaign
    from opened

)

{{ contract_rows('web_events', 'ga4', 'told', {
    'event_id': hash_of([
        'event_timestamp', 'user_pseudo_id', 'user_id', 'stream_id', 'event_name', 'event_bundle_sequence_id', 'batch_page_id',
        'batch_ordering_id', 'batch_event_index', 'event_params',
    ]),
    'visitor_id': "coalesce(user_pseudo_id || coalesce('/' || stream_id, ''), 'user:' || user_id)",
    'user_id': 'user_id',
    'event_name': 'event_name',
    'occurred_at': moment_of_microseconds('event_timestamp'),
    'page_url': 'page_url',
    'referrer_url': 'referrer_url',
    'utm_source': unless_placeholder('utm_source'),
    'utm_medium': unless_placeholder('utm_medium'),
    'utm_campaign': "coalesce(" ~ unless_placeholder('utm_campaign') ~ ", case when click_id is not null then "
        ~ unless_placeholder('ads_campaign') ~ " end)",
    'utm_content': unless_placeholder('utm_content'),
    'utm_term': unless_placeholder('utm_term'),
    'click_id': 'click_id',
    'form_name': 'form_name',
    'asset_name': "coalesce(asset_name, case when event_name = 'file_download' then " ~ file_title('file_name') ~ " end)",
    'engaged_seconds': try_number('engaged_msec') ~ ' / 1000',
}) }}
