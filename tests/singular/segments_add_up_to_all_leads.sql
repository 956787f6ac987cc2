-- However the leads are split, each stands in exactly one segment: every split, and the channels, add up to the same leads,
-- stages and revenue in every month, and all months to the leads there are.
{% set counts = ['count_leads', 'count_mqls', 'count_sals', 'count_sqls', 'count_opportunities', 'count_customers'] %}
with

splits as (

    select
        segment_type as split,
        cohort_month,
        {% for count in counts %}
        sum({{ count }}) as {{ count }},
        {% endfor %}
        sum(revenue) as revenue
    from {{ ref('funnel_conversions') }}
    group by segment_type, cohort_month
    union all
    select
        'channel_conversions' as split,
        cohort_month,
        {% for count in counts %}
        sum({{ count }}) as {{ count }},
        {% endfor %}
        sum(revenue) as revenue
    from {{ ref('channel_conversions') }}
    group by cohort_month

),

leads_of_months as (

    select
        {{ month_of('created_at') }} as cohort_month,
        count(*) as count_leads
    from {{ ref('leads') }}
    group by {{ month_of('created_at') }}

),

-- Every split of every month, so that one without any row shows too.
expected as (

    select
        names.split,
        leads_of_months.cohort_month,
        leads_of_months.count_leads as count_leads_made,
        totals.revenue,
        {% for count in counts[:-1] %}
        totals.{{ count }},
        {% endfor %}
        totals.{{ counts[-1] }}
    from (select distinct split from splits) as names
    cross join leads_of_months
    left join splits as totals
        on
            leads_of_months.cohort_month = totals.cohort_month
            and totals.split = 'all'

)

select
    coalesce(expected.split, splits.split) as split,
    coalesce(expected.cohort_month, splits.cohort_month) as cohort_month,
    expected.count_leads_made,
    splits.count_leads
from expected
full outer join splits
    on
        expected.split = splits.split
        and expected.cohort_month = splits.cohort_month
where
    coalesce(expected.count_leads_made, 0) <> coalesce(splits.count_leads, 0)
    {% for count in counts %}
    or coalesce(expected.{{ count }}, 0) <> coalesce(splits.{{ count }}, 0)
    {% endfor %}
    or coalesce(expected.revenue, 0) <> coalesce(splits.revenue, 0)
