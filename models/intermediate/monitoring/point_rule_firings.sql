{{ config(materialized='view') }}

-- A rule fires for a lead when what it gives grows, in points for or against: not when they fade or expire.
select
    entries.lead_id,
    entries.scorecard_id,
    groups.dimension as rule_kind,
    cast(null as {{ dbt.type_string() }}) as stage,
    entries.rule_id,
    cast(
        sum(case when entries.held_until > {{ as_of() }} then entries.rule_points else 0 end) as decimal(18, 6)
    ) as points,
    max(case when entries.held_until > {{ as_of() }} and entries.rule_points <> 0 then 1 else 0 end) as holds_now,
    min(entries.entered_at) as first_fired_at,
    max(case when abs(entries.rule_points) > abs(entries.rule_points - entries.points_change) then entries.entered_at end)
        as last_fired_at
from {{ ref('ledger_entries') }} as entries
inner join {{ ref('score_groups') }} as groups
    on
        entries.scorecard_id = groups.scorecard_id
        and entries.group_id = groups.group_id
where entries.entered_at <= {{ as_of() }} and entries.rule_id not like 'adjustment:%'
group by entries.lead_id, entries.scorecard_id, groups.dimension, entries.rule_id
