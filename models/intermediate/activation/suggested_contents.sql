-- The best contents of each type and topic: what led others on first, then what most others looked at.
with

popular as (

    select
        contents.content_type,
        coalesce(topics.topic, '') as topic,
        contents.content_name,
        count(distinct contents.lead_id) as count_leads,
        sum(case when first_times.sql_at > contents.first_seen_at then 1 else 0 end) as count_later_sqls
    from {{ ref('lead_contents') }} as contents
    left join {{ ref('content_topics') }} as topics on contents.content_name = topics.content_name
    left join {{ ref('first_stage_times') }} as first_times on contents.lead_id = first_times.lead_id
    where
        contents.content_name is not null
        -- What nobody looks at any more may be gone.
        and contents.last_seen_at > {{ add_time(as_of(), -var('topic_interest_days'), 'day') }}
    group by contents.content_type, coalesce(topics.topic, ''), contents.content_name
    having count(distinct contents.lead_id) >= {{ var('nurture_content_leads') }}

),

ranked as (

    select
        popular.*,
        row_number() over (
            partition by content_type, topic
            order by count_later_sqls desc, count_leads desc, content_name asc
        ) as content_rank
    from popular

)

select
    content_type,
    topic,
    content_name,
    count_leads,
    cast(count_later_sqls as bigint) as count_later_sqls,
    content_rank
from ranked
where content_rank <= 5
