with

seen as (

    select
        activities.lead_id,
        topics.topic,
        count(*) as count_activities,
        count(distinct activities.content_name) as count_contents,
        sum(case when activities.intent = 'commercial' then 1 else 0 end) as count_commercial_activities,
        min(activities.occurred_at) as first_activity_at,
        max(activities.occurred_at) as last_activity_at
    from {{ ref('activities') }} as activities
    inner join {{ ref('content_topics') }} as topics on activities.content_name = topics.content_name
    where
        activities.is_inbound
        and activities.occurred_at > {{ add_time(as_of(), -var('topic_interest_days'), 'day') }}
    group by activities.lead_id, topics.topic

)

select
    lead_id,
    topic,
    cast(row_number() over (
        partition by lead_id
        order by count_activities desc, count_commercial_activities desc, last_activity_at desc, topic asc
    ) as bigint) as topic_rank,
    cast(count_activities as bigint) as count_activities,
    cast(count_contents as bigint) as count_contents,
    cast(count_commercial_activities as bigint) as count_commercial_activities,
    first_activity_at,
    last_activity_at
from seen
