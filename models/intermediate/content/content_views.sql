with

activities as (

    select
        activities.lead_id,
        contents.content_number,
        case when contacts.activity_id is not null then 1 else 0 end as count_new_leads,
        activities.occurred_at,
        activities.known_at
    from {{ ref('lead_activities') }} as activities
    inner join {{ ref('contents') }} as contents
        on
            activities.content_name = contents.raw_content_name
            and activities.activity_type = contents.activity_type
    left join {{ ref('contact_activities') }} as contacts on activities.activity_id = contacts.activity_id

)

-- Each count but the first is 0 or 1, so that sums over leads count leads.
select
    activities.lead_id,
    activities.content_number,
    count(*) as count_activities,
    max(activities.count_new_leads) as count_new_leads,
    {% for stage in ['mql', 'sql', 'customer'] %}
    {% set reached_at = 'stages.reached_' ~ stage ~ '_at' %}
    max(case
        when
            activities.known_at <= {{ reached_at }}
            and {{ follows(reached_at, 'activities.occurred_at', var('attribution_lookback_days')) }}
            then 1
        else 0
    end) as count_{{ stage }}s_before,
    max(case when {{ reached_at }} is null or activities.known_at <= {{ reached_at }} then 1 else 0 end)
        as count_{{ stage }}_candidates,
    max(case when activities.known_at <= {{ reached_at }} then 1 else 0 end) as count_later_{{ stage }}s,
    {% endfor %}
    min(activities.occurred_at) as first_activity_at,
    max(activities.occurred_at) as last_activity_at
from activities
inner join {{ ref('reached_stages') }} as stages on activities.lead_id = stages.lead_id
group by activities.lead_id, activities.content_number
