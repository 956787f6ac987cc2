-- Each distinct content is compared with the patterns once, not each activity.
with

contents as (

    select distinct {{ without_addresses('content_name') }} as content_name
    from {{ ref('activity_records') }}
    where content_name is not null

),

matched as (

    select
        contents.content_name,
        topics.topic,
        row_number() over (
            partition by contents.content_name
            order by topics.priority, topics.topic
        ) as match_rank
    from contents
    inner join {{ ref('topics') }} as topics
        on {{ matches('topics.match', 'lower(contents.content_name)', 'lower(topics.pattern)') }}

)

select
    content_name,
    topic
from matched
where match_rank = 1
