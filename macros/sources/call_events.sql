{#- Web events out of the calls that a customer data platform with Segment's tables keeps: pages, screens, tracks, identifies, and
    the tables of single events, which hold a track call's properties and stand together in `events`. -#}
{% macro call_events(system) %}
    {% set calls = {
        'pages': {
            'event_name': "'page_view'", 'page_url': 'coalesce(url, context_page_url)',
            'referrer_url': 'coalesce(referrer, context_page_referrer)', 'email': 'context_traits_email',
            'click_id': 'click_id', 'engaged_seconds': 'engaged_seconds',
        },
        'screens': {
            'event_name': "'screen_view'", 'email': 'context_traits_email', 'engaged_seconds': 'engaged_seconds',
        },
        'tracks': {'event_name': 'event', 'email': 'context_traits_email'},
        'events': {
            'event_name': 'event', 'email': 'coalesce(email, context_traits_email)', 'form_name': 'form_name',
            'asset_name': 'asset_name', 'click_id': 'click_id', 'engaged_seconds': 'engaged_seconds',
        },
        'identifies': {'event_name': "'identify'", 'email': 'coalesce(email, context_traits_email)'},
    } %}
    {% set common = {
        'event_id': 'id', 'visitor_id': "coalesce(anonymous_id, 'user:' || user_id)", 'user_id': 'user_id',
        'occurred_at': 'timestamp', 'loaded_at': 'received_at', 'page_url': 'context_page_url',
        'referrer_url': 'context_page_referrer', 'utm_source': 'context_campaign_source',
        'utm_medium': 'context_campaign_medium', 'utm_campaign': 'context_campaign_name',
        'utm_content': 'context_campaign_content', 'utm_term': 'context_campaign_term', 'user_agent': 'context_user_agent',
    } %}
    {% for table, values in calls.items() %}
    {{ contract_rows('web_events', system, ref('base_' ~ system ~ '__' ~ table), dict(common, **values)) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
{% endmacro %}
