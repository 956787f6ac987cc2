{% set stages = ['mql', 'sal', 'sql', 'opportunity', 'customer', 'repeat_customer'] %}

-- The first time of each stage over all cycles, with what decided it.
with

entered as (

    select
        cycle_stages.*,
        row_number() over (
            partition by lead_id, stage
            order by entered_at, cycle_number
        ) as entry_rank
    from {{ ref('cycle_stages') }} as cycle_stages
    where entered_at is not null

)

select
    lead_id,
    {% for stage in stages %}
    min(case when stage = '{{ stage }}' then entered_at end) as {{ stage }}_at,
    {% endfor %}
    {% for stage in ['mql', 'sql'] %}
    max(case when stage = '{{ stage }}' and entry_rank = 1 and entered_at = by_rules_at then rule_id end)
        as {{ stage }}_rule_id,
    {% endfor %}
    max(stage_rank) as furthest_rank
from entered
group by lead_id
