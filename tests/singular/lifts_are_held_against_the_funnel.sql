-- A lift is the rate divided by that of all leads, as the funnel has it; and a reach is a share of the funnel's leads.
with

funnel as (

    select
        sum(count_leads) as count_leads,
        sum(count_mqls) as count_mqls,
        sum(count_sqls) as count_sqls,
        sum(count_customers) as count_customers
    from {{ ref('funnel_conversions') }}
    where segment_type = 'all'

),

compared as (

    {% for stage in ['mql', 'sql', 'customer'] %}
    select
        contents.content_name,
        contents.activity_type,
        '{{ stage }}' as stage,
        contents.count_{{ stage }}s_before as part,
        funnel.count_{{ stage }}s as whole,
        contents.{{ stage }}_reach_rate as reach_rate,
        contents.{{ stage }}_rate as rate,
        contents.{{ stage }}_lift as lift,
        {{ rate('funnel.count_' ~ stage ~ 's', 'funnel.count_leads') }} as rate_of_all
    from {{ ref('content_performance') }} as contents
    cross join funnel
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select *
from compared
where
    abs(coalesce(reach_rate, 0) * whole - part) > 1e-9
    or (lift is null) <> (rate is null or coalesce(rate_of_all, 0) = 0)
    or abs(lift * rate_of_all - rate) > 1e-9
