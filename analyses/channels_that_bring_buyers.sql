-- Which channels bring the leads that buy, how many become MQL and SQL on the way, and what a customer costs?
select
    acquisition_channel,
    sum(count_leads) as count_leads,
    {{ rate('sum(count_mqls)', 'sum(count_leads)') }} as lead_to_mql_rate,
    {{ rate('sum(count_sqls)', 'sum(count_mqls)') }} as mql_to_sql_rate,
    {{ rate('sum(count_customers)', 'sum(count_leads)') }} as lead_to_customer_rate,
    {{ wilson('sum(count_customers)', 'sum(count_leads)', -1) }} as lead_to_customer_rate_low,
    {{ wilson('sum(count_customers)', 'sum(count_leads)', 1) }} as lead_to_customer_rate_high,
    sum(revenue) as revenue,
    sum(spend) as spend,
    {{ rate('sum(spend)', 'sum(count_customers)') }} as customer_acquisition_cost
from {{ ref('channel_conversions') }}
group by acquisition_channel
order by lead_to_customer_rate desc nulls last
