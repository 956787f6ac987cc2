{% set stages = ['mql', 'sql', 'customer'] %}

with

counted as (

    select
        content_name,
        activity_type,
        count(*) as count_leads,
        sum(count_activities) as count_activities,
        sum(count_new_leads) as count_new_leads,
        {% for stage in stages %}
        sum(count_{{ stage }}s_before) as count_{{ stage }}s_before,
        sum(count_{{ stage }}_candidates) as count_{{ stage }}_candidates,
        sum(count_later_{{ stage }}s) as count_later_{{ stage }}s,
        {% endfor %}
        min(first_activity_at) as first_activity_at,
        max(last_activity_at) as last_activity_at
    from {{ ref('shown_content_views') }}
    group by content_name, activity_type

),

all_leads as (

    select
        count(*) as count_leads,
        {% for stage in stages %}
        count(reached_{{ stage }}_at) as count_{{ stage }}s{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('reached_stages') }}

)

select
    counted.content_name,
    counted.activity_type,
    case
        when types.activity_type like '%_download' then 'asset'
        when types.category in ('web', 'content') then 'page'
        else types.category
    end as content_type,
    topics.topic,
    types.intent,
    cast(counted.count_activities as bigint) as count_activities,
    cast(counted.count_leads as bigint) as count_leads,
    cast(counted.count_new_leads as bigint) as count_new_leads,
    {% for stage in stages %}
    cast(counted.count_{{ stage }}s_before as bigint) as count_{{ stage }}s_before,
    cast(counted.count_{{ stage }}_candidates as bigint) as count_{{ stage }}_candidates,
    cast(counted.count_later_{{ stage }}s as bigint) as count_later_{{ stage }}s,
    {% endfor %}
    {% for stage in stages %}
    {% set part, whole = 'counted.count_later_' ~ stage ~ 's', 'counted.count_' ~ stage ~ '_candidates' %}
    {{ rate('counted.count_' ~ stage ~ 's_before', 'all_leads.count_' ~ stage ~ 's') }} as {{ stage }}_reach_rate,
    {{ rate(part, whole) }} as {{ stage }}_rate,
    {{ wilson(part, whole, -1) }} as {{ stage }}_rate_low,
    {{ wilson(part, whole, 1) }} as {{ stage }}_rate_high,
    {{ rate(part, whole) }} / nullif({{ rate('all_leads.count_' ~ stage ~ 's', 'all_leads.count_leads') }}, 0)
        as {{ stage }}_lift,
    {% endfor %}
    counted.content_name = '(other)' as is_other,
    counted.first_activity_at,
    counted.last_activity_at
from counted
cross join all_leads
inner join {{ ref('activity_types') }} as types on counted.activity_type = types.activity_type
left join {{ ref('content_topics') }} as topics on counted.content_name = topics.content_name
