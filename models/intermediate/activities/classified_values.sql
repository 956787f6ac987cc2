{#- An event has the path of the page that it is a view of, or that had the attention which it reports. -#}
{% set sources = {
    'web_events': ['assigned_web_events', {
        'event_name': 'event_name', 'page_path': 'coalesce(page_path, engaged_path)', 'form_name': 'form_name', 'asset_name': 'asset_name'
    }],
    'message_events': ['conformed_message_events', {'channel_event': "lower(channel) || '_' || lower(event_type)"}],
    'sales_activities': ['lead_sales_activities', {'kind_outcome': 'kind_outcome'}],
    'campaign_responses': ['lead_campaign_responses', {'kind_response': 'kind_response'}],
} %}

-- Each distinct value is compared with the patterns once, not each event.
with

distinct_values as (

    {% for entity, (model, fields) in sources.items() %}
    {% set outer = loop %}
    {% for field, value in fields.items() %}
    select distinct
        '{{ entity }}' as entity,
        '{{ field }}' as field,
        {{ value }} as value
    from {{ ref(model) }}
    where {{ value }} is not null
    {% if not (outer.last and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}

),

matched as (

    select
        distinct_values.entity,
        distinct_values.field,
        distinct_values.value,
        rules.priority,
        rules.activity_type,
        row_number() over (
            partition by distinct_values.entity, distinct_values.field, distinct_values.value
            order by rules.priority, rules.activity_type
        ) as match_rank
    from distinct_values
    inner join {{ ref('activity_rules') }} as rules
        on
            distinct_values.entity = rules.entity
            and distinct_values.field = rules.field
            and {{ matches('rules.match', 'distinct_values.value', 'lower(rules.pattern)') }}

)

select
    entity,
    field,
    value,
    priority,
    activity_type
from matched
where match_rank = 1
