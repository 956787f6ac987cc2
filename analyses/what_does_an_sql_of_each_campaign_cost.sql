-- What does an SQL of each campaign cost, if every touch before it counts the same, and does the money come back?
with

sums as (

    select
        channel,
        campaign,
        sum(spend) as spend,
        sum(case when target = 'sql' then conversions else 0 end) as count_sqls,
        sum(case when target = 'customer' then conversions else 0 end) as count_customers,
        sum(revenue) as revenue
    from {{ ref('channel_attribution') }}
    where model = 'linear' and target in ('sql', 'customer')
    group by channel, campaign

)

-- All spend stands beside each of the two targets.
select
    channel,
    campaign,
    spend / 2 as spend,
    count_sqls,
    {{ rate('spend / 2', 'count_sqls') }} as cost_per_sql,
    count_customers,
    revenue,
    {{ rate('revenue', 'spend / 2') }} as return_on_ad_spend
from sums
where spend > 0
order by cost_per_sql asc nulls last, channel asc, campaign asc
