{% set entities = [
    'leads', 'accounts', 'opportunities', 'lead_status_history', 'sales_activities', 'campaigns', 'campaign_responses',
    'web_events', 'message_events', 'lead_attributes', 'score_adjustments', 'ad_spend',
] %}

-- Three counts that are made apart: the raw tables, the conformed entities, and what was set aside.
with

raw_counts as (

    {% set counted = [] %}
    {% for entity in entities %}
    {% for system in systems_with(entity) %}
    {% if counted %}union all{% endif %}
    {% do counted.append(entity) %}
    select
        '{{ system }}' as source_system,
        '{{ entity }}' as entity,
        count(*) as count_rows
    from {{ ref('stg_' ~ system ~ '__' ~ entity) }}
    {% endfor %}
    {% endfor %}

),

conformed_counts as (

    {% for entity in entities %}
    select
        source_system,
        '{{ entity }}' as entity,
        count(*) as count_rows
    from {{ ref('conformed_' ~ entity) }}
    group by source_system
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

aside_counts as (

    select
        source_system,
        entity,
        sum(case when row_outcome = 'duplicate' then 1 else 0 end) as count_duplicates,
        sum(case when row_outcome = 'quarantined' then 1 else 0 end) as count_quarantined,
        sum(case when quarantine_reason = 'bot' then 1 else 0 end) as count_bots,
        sum(case when quarantine_reason = 'unknown_lead' then 1 else 0 end) as count_unknown_leads,
        sum(case when quarantine_reason = 'future_timestamp' then 1 else 0 end) as count_future_timestamps,
        sum(count_unreadable_values) as count_unreadable_values
    from {{ ref('accounted_rows') }}
    group by source_system, entity

)

select
    raw_counts.source_system,
    raw_counts.entity,
    cast(raw_counts.count_rows as bigint) as count_raw_rows,
    cast(coalesce(conformed_counts.count_rows, 0) as bigint) as count_conformed_rows,
    cast(coalesce(aside_counts.count_duplicates, 0) as bigint) as count_duplicate_rows,
    cast(coalesce(aside_counts.count_quarantined, 0) as bigint) as count_quarantined_rows,
    cast(coalesce(aside_counts.count_bots, 0) as bigint) as count_bot_rows,
    cast(coalesce(aside_counts.count_unknown_leads, 0) as bigint) as count_unknown_lead_rows,
    cast(coalesce(aside_counts.count_future_timestamps, 0) as bigint) as count_future_rows,
    cast(coalesce(aside_counts.count_unreadable_values, 0) as bigint) as count_unreadable_values,
    {{ as_of() }} as as_of
from raw_counts
left join conformed_counts
    on
        raw_counts.source_system = conformed_counts.source_system
        and raw_counts.entity = conformed_counts.entity
left join aside_counts
    on
        raw_counts.source_system = aside_counts.source_system
        and raw_counts.entity = aside_counts.entity
