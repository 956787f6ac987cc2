-- A rate is a share of its count, between 0 and 1, and lies within its interval; without a count there is none.
{% set steps = {
    'lead_to_mql': ['count_mqls', 'count_leads'], 'mql_to_sal': ['count_sals', 'count_mqls'],
    'mql_to_sql': ['count_sqls', 'count_mqls'], 'sql_to_opportunity': ['count_opportunities', 'count_sqls'],
    'opportunity_to_customer': ['count_customers', 'count_opportunities'],
    'lead_to_customer': ['count_customers', 'count_leads'],
} %}
with

rates as (

    {% for model in ['funnel_conversions', 'channel_conversions'] %}
    {% set outer = loop %}
    {% for step, (part, whole) in steps.items() %}
    select
        '{{ model }}' as model,
        '{{ step }}' as step,
        cohort_month,
        {{ part }} as part,
        {{ whole }} as whole,
        {{ step }}_rate as rate,
        {{ step }}_rate_low as low,
        {{ step }}_rate_high as high
    from {{ ref(model) }}
    {% if not (outer.last and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}

)

-- The ends are computed in binary fractions, so they may miss a rate of 0 or 1 by the last digits.
select *
from rates
where
    (whole = 0 and (rate is not null or low is not null or high is not null))
    or (whole > 0 and not coalesce(
        low >= 0 and high <= 1 and low <= rate + 1e-12 and rate <= high + 1e-12
        and abs(rate * whole - part) < 1e-9, false
    ))
