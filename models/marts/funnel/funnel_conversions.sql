{% set steps = [
    ('lead', 'mql'), ('mql', 'sal'), ('mql', 'sql'), ('sql', 'opportunity'), ('opportunity', 'customer'),
    ('lead', 'customer'),
] %}
{% set spans = [
    'lead_to_mql', 'mql_to_sal', 'sal_to_sql', 'mql_to_sql', 'sql_to_opportunity', 'opportunity_to_customer',
    'lead_to_customer',
] %}
{% set quartiles = {'lower_quartile': 0.25, 'median': 0.5, 'upper_quartile': 0.75} %}

with

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
        max(stages.{{ stage }}_at) as last_{{ stage }}_at,
        {% endfor %}
        {% for span in spans %}
        {% for name, share in quartiles.items() %}
        {{ percentile('stages.days_' ~ span, share) }} as {{ name }}_days_{{ span }},
        {% endfor %}
        {% endfor %}
        sum(coalesce(revenues.revenue, 0)) as revenue
    from {{ ref('lead_stages') }} as stages
    inner join {{ ref('lead_segments') }} as segments on stages.lead_id = segments.lead_id
    left join revenues on stages.lead_id = revenues.lead_id
    group by {{ month_of('stages.created_at') }}, segments.segment_type, segments.segment

),

judged as (

    select
        counted.*,
        -- The youngest lead of the month has had var('maturity_days') to convert.
        {{ add_time('cast(cohort_month as timestamp)', 31 + var('maturity_days'), 'day') }} <= {{ as_of() }} as is_mature
    from counted

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
    {% for span in spans %}
    {% for name in quartiles %}
    cast({{ name }}_days_{{ span }} as {{ dbt.type_float() }}) as {{ name }}_days_{{ span }},
    {% endfor %}
    {% endfor %}
    {% for earlier, later in steps if earlier != 'lead' %}
    -- So has the last of them to enter the earlier stage; where none has, there is nobody to wait for.
    is_mature and coalesce({{ add_time('last_' ~ earlier ~ '_at', var('maturity_days'), 'day') }} <= {{ as_of() }}, true)
        as is_mature_{{ earlier }}_to_{{ later }},
    {% endfor %}
    is_mature
from judged
