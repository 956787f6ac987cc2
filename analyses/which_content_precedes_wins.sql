-- Which content precedes wins: whose readers became customers oftener than all leads, and how many customers had seen it?
-- By the lower end of the interval, so that three readers of whom one bought do not stand first.
select
    content_name,
    activity_type,
    intent,
    count_leads,
    count_later_customers,
    customer_reach_rate,
    customer_rate,
    customer_lift,
    customer_lift * customer_rate_low / nullif(customer_rate, 0) as customer_lift_low
from {{ ref('content_performance') }}
where not is_other and count_later_customers > 0
order by customer_lift_low desc, content_name asc, activity_type asc
