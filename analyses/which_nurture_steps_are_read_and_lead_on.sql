-- Which steps of each nurture sequence are read, where do leads leave, and how many of those who got a step became SQLs?
select
    sequence_name,
    sequence_step,
    channel,
    count_reached_leads,
    open_rate,
    click_rate,
    unsubscribe_rate + complaint_rate as leaving_rate,
    count_sql_candidates,
    sql_rate,
    sql_rate_low,
    sql_rate_high
from {{ ref('nurture_performance') }}
order by sequence_name asc, sequence_step asc nulls last, channel asc
