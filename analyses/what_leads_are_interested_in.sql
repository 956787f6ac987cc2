-- What are the leads interested in, and which interests go with becoming an SQL?
select
    topics.topic,
    count(*) as count_leads,
    sum(case when topics.topic_rank = 1 then 1 else 0 end) as count_leads_first,
    {{ rate('sum(case when stages.is_sql then 1 else 0 end)', 'count(*)') }} as sql_rate
from {{ ref('lead_topics') }} as topics
inner join {{ ref('lead_stages') }} as stages on topics.lead_id = stages.lead_id
group by topics.topic
order by count_leads desc, topics.topic asc
