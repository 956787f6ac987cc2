-- Which campaigns bring SQLs: of the leads that each touched, how many became one within the look-back, and at which cost?
-- A lead that several campaigns touched counts in each of them.
select
    campaign_name,
    channel,
    cost,
    count_influenced_leads,
    count_later_sqls,
    {{ rate('count_later_sqls', 'count_influenced_leads') }} as sql_rate,
    {{ wilson('count_later_sqls', 'count_influenced_leads', -1) }} as sql_rate_low,
    {{ wilson('count_later_sqls', 'count_influenced_leads', 1) }} as sql_rate_high,
    cost_per_sql,
    count_later_customers,
    revenue
from {{ ref('campaign_performance') }}
where count_influenced_leads > 0
order by count_later_sqls desc, sql_rate desc, campaign_id asc
