{% set steps = [
    ('lead', 'mql'), ('mql', 'sal'), ('mql', 'sql'), ('sql', 'opportunity'), ('opportunity', 'customer'),
    ('lead', 'customer'),
] %}

with

segments as (

    select * from {{ ref('lead_segments') }}

),

stages as (

    select * from {{ ref('lead_stages') }}

),

revenues as (

    select
        lead_id,
        sum(amount) as revenue
    from {{ ref('opportunities') }}
    where is_won and lead_id is not null
    group by lead_id

),

counted as (

    select
        {{ month_of('stages.created_at') }} as cohort_month,
        segments.segment_type,
        segments.segment,
        count(*) as count_leads,
        {% for stage in stage_names()[1:-1] %}
        sum(case when {{ stage_rank('stages.furthest_stage') }} >= {{ loop.index + 1 }} then 1 else 0 end)
            as count_{{ stage_plural(stage) }},
        {% endfor %}
        sum(coalesce(revenues.revenue, 0)) as revenue,
        {{ median('stages.days_lead_to_mql') }} as median_days_lead_to_mql,
        {{ median('stages.days_mql_to_sql') }} as median_days_mql_to_sql,
        {{ median('stages.days_sql_to_opportunity') }} as median_days_sql_to_opportunity,
        {{ median('stages.days_lead_to_customer') }} as median_days_lead_to_customer
    from stages
    inner join segments on stages.lead_id = segments.lead_id
    left join revenues on stages.lead_id = revenues.lead_id
    group by {{ month_of('stages.created_at') }}, segments.segment_type, segments.segment

)

select
    cohort_month,
    segment_type,
    segment,
    cast(count_leads as bigint) as count_leads,
    {% for stage in stage_names()[1:-1] %}
    cast(count_{{ stage_plural(stage) }} as bigint) as count_{{ stage_plural(stage) }},
    {% endfor %}
    cast(revenue as decimal(18, 2)) as revenue,
    {% for earlier, later in steps %}
    {% set part, whole = 'count_' ~ stage_plural(later), 'count_' ~ stage_plural(earlier) %}
    {{ rate(part, whole) }} as {{ earlier }}_to_{{ later }}_rate,
    {{ wilson(part, whole, -1) }} as {{ earlier }}_to_{{ later }}_rate_low,
    {{ wilson(part, whole, 1) }} as {{ earlier }}_to_{{ later }}_rate_high,
    {% endfor %}
    cast(median_days_lead_to_mql as double precision) as median_days_lead_to_mql,
    cast(median_days_mql_to_sql as double precision) as median_days_mql_to_sql,
    cast(median_days_sql_to_opportunity as double precision) as median_days_sql_to_opportunity,
    cast(median_days_lead_to_customer as double precision) as median_days_lead_to_customer,
    -- The youngest lead of the month has had var('maturity_days') to convert.
    {{ add_time('cast(cohort_month as timestamp)', 31 + var('maturity_days'), 'day') }} <= {{ as_of() }} as is_mature
from counted
