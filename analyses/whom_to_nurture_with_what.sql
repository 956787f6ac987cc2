-- Which segments are there to be nurtured, how large are they, and with which content next?
select
    segment,
    channel,
    next_content_type,
    next_content_name,
    count(*) as count_leads,
    sum(case when last_message_at is null then 1 else 0 end) as count_leads_never_written_to,
    avg(score) as average_score
from {{ ref('nurture_queue') }}
group by segment, channel, next_content_type, next_content_name
order by count_leads desc, segment asc, channel asc, next_content_type asc, next_content_name asc
