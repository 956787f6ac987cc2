{% set groups = {'enrolled': 'count_', 'not enrolled': 'count_other_'} %}

with

counted as (

    {% for group, prefix in groups.items() %}
    select
        sequence_name,
        stage,
        '{{ group }}' as enrolment_group,
        sum({{ prefix }}leads) as count_leads,
        sum({{ prefix }}young_leads) as count_young_leads,
        sum({{ prefix }}next_stage_leads) as count_next_stage_leads,
        sum({{ prefix }}customers) as count_customers,
        min(entry_month) as first_entry_month,
        max(entry_month) as last_entry_month
    from {{ ref('nurture_months') }}
    group by sequence_name, stage
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    counted.sequence_name,
    counted.stage,
    counted.enrolment_group,
    case counted.stage when 'lead' then 'mql' else 'sql' end as next_stage,
    cast(counted.count_leads as bigint) as count_leads,
    cast(counted.count_young_leads as bigint) as count_young_leads,
    cast(counted.count_next_stage_leads as bigint) as count_next_stage_leads,
    cast(counted.count_customers as bigint) as count_customers,
    {% for name, part in {'next_stage': 'count_next_stage_leads', 'customer': 'count_customers'}.items() %}
    {{ rate('counted.' ~ part, 'counted.count_leads') }} as {{ name }}_rate,
    {{ wilson('counted.' ~ part, 'counted.count_leads', -1) }} as {{ name }}_rate_low,
    {{ wilson('counted.' ~ part, 'counted.count_leads', 1) }} as {{ name }}_rate_high,
    case counted.enrolment_group
        when 'enrolled' then differences.standardised_{{ name }}_rate
        else differences.other_standardised_{{ name }}_rate
    end as standardised_{{ name }}_rate,
    {% for column in [name ~ '_difference', name ~ '_difference_low', name ~ '_difference_high'] %}
    case when counted.enrolment_group = 'enrolled' then differences.{{ column }} end as {{ column }},
    {% endfor %}
    {% endfor %}
    counted.first_entry_month,
    counted.last_entry_month
from counted
inner join {{ ref('nurture_differences') }} as differences
    on
        counted.sequence_name = differences.sequence_name
        and counted.stage = differences.stage
