-- A rate is a share of its count and lies within its interval; without a count there is none.
{% set rates = {
    'content_performance': {
        'mql': ['count_later_mqls', 'count_mql_candidates'], 'sql': ['count_later_sqls', 'count_sql_candidates'],
        'customer': ['count_later_customers', 'count_customer_candidates'],
    },
    'nurture_performance': {
        'mql': ['count_later_mqls', 'count_mql_candidates'], 'sql': ['count_later_sqls', 'count_sql_candidates'],
        'customer': ['count_later_customers', 'count_customer_candidates'],
    },
    'nurture_comparison': {
        'next_stage': ['count_next_stage_leads', 'count_leads'], 'customer': ['count_customers', 'count_leads'],
    },
} %}
with

shown as (

    {% for mart, steps in rates.items() %}
    {% set outer = loop %}
    {% for step, (part, whole) in steps.items() %}
    select
        '{{ mart }}' as mart,
        '{{ step }}' as step,
        {{ part }} as part,
        {{ whole }} as whole,
        {{ step }}_rate as rate,
        {{ step }}_rate_low as low,
        {{ step }}_rate_high as high
    from {{ ref(mart) }}
    {% if not (outer.last and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}

)

select *
from shown
where
    (whole = 0 and (rate is not null or low is not null or high is not null))
    or (whole > 0 and not coalesce(
        low >= 0 and high <= 1 and low <= rate + 1e-12 and rate <= high + 1e-12
        and abs(rate * whole - part) < 1e-9, false
    ))
