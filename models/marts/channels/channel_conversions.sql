{% set steps = [
    ('lead', 'mql'), ('mql', 'sal'), ('mql', 'sql'), ('sql', 'opportunity'), ('opportunity', 'customer'),
    ('lead', 'customer'),
] %}

with

cohorts as (

    select
        segment as acquisition_channel,
        cohort_month,
        count_leads,
        {% for stage in stage_names()[1:-1] %}
        count_{{ stage_plural(stage) }},
        {% endfor %}
        revenue
    from {{ ref('funnel_conversions') }}
    where segment_type = 'channel'

),

spend as (

    select
        channels.channel as acquisition_channel,
        {{ month_of('spend.spend_date') }} as cohort_month,
        sum(spend.spend) as spend,
        sum(spend.impressions) as count_impressions,
        sum(spend.clicks) as count_clicks
    from {{ ref('spend_sources') }} as spend
    inner join {{ ref('traffic_channels') }} as channels
        on {{ hash_of(['spend.source', 'spend.medium', 'spend.campaign']) }} = channels.traffic_id
    group by channels.channel, {{ month_of('spend.spend_date') }}

),

-- A month of spend without a lead is a row too, or its cost would be lost.
keys as (

    select
        acquisition_channel,
        cohort_month
    from cohorts
    {{ union_distinct() }}
    select
        acquisition_channel,
        cohort_month
    from spend

),

joined as (

    select
        keys.acquisition_channel,
        keys.cohort_month,
        coalesce(cohorts.count_leads, 0) as count_leads,
        {% for stage in stage_names()[1:-1] %}
        coalesce(cohorts.count_{{ stage_plural(stage) }}, 0) as count_{{ stage_plural(stage) }},
        {% endfor %}
        coalesce(cohorts.revenue, 0) as revenue,
        coalesce(spend.spend, 0) as spend,
        coalesce(spend.count_impressions, 0) as count_impressions,
        coalesce(spend.count_clicks, 0) as count_clicks,
        spend.spend is not null as has_spend
    from keys
    left join cohorts
        on
            keys.acquisition_channel = cohorts.acquisition_channel
            and keys.cohort_month = cohorts.cohort_month
    left join spend
        on
            keys.acquisition_channel = spend.acquisition_channel
            and keys.cohort_month = spend.cohort_month

)

select
    acquisition_channel,
    cohort_month,
    cast(count_impressions as bigint) as count_impressions,
    cast(count_clicks as bigint) as count_clicks,
    cast(count_leads as bigint) as count_leads,
    {% for stage in stage_names()[1:-1] %}
    cast(count_{{ stage_plural(stage) }} as bigint) as count_{{ stage_plural(stage) }},
    {% endfor %}
    cast(revenue as decimal(18, 2)) as revenue,
    cast(spend as decimal(18, 2)) as spend,
    {% for earlier, later in steps %}
    {% set part, whole = 'count_' ~ stage_plural(later), 'count_' ~ stage_plural(earlier) %}
    {{ rate(part, whole) }} as {{ earlier }}_to_{{ later }}_rate,
    {{ wilson(part, whole, -1) }} as {{ earlier }}_to_{{ later }}_rate_low,
    {{ wilson(part, whole, 1) }} as {{ earlier }}_to_{{ later }}_rate_high,
    {% endfor %}
    {% for stage in stage_names()[:-1] if stage != 'customer' %}
    case when has_spend then {{ price_per('spend', 'count_' ~ stage_plural(stage)) }} end
        as cost_per_{{ stage }},
    {% endfor %}
    case when has_spend then {{ price_per('spend', 'count_customers') }} end
        as customer_acquisition_cost,
    cast(revenue - spend as {{ dbt.type_float() }}) / nullif(spend, 0) as return_on_investment,
    has_spend
from joined
