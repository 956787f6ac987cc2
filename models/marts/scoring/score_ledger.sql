with

-- The running sum goes over the bare entries; names are joined afterwards.
entries as (

    select
        ledger.*,
        sum(points_change) over (
            partition by lead_id, scorecard_id, rule_id, group_id
            order by entered_at
            rows between unbounded preceding and current row
        ) as rule_points
    from {{ ref('ledger_entries') }} as ledger

),

rules as (

    select * from {{ ref('points_rules') }}

),

groups as (

    select * from {{ ref('score_groups') }}

)

select
    {{ hash_of(['entries.lead_id', 'entries.scorecard_id', 'entries.rule_id', 'entries.group_id', 'entries.entered_at']) }}
        as ledger_entry_id,
    entries.lead_id,
    entries.scorecard_id,
    entries.rule_id,
    entries.group_id,
    entries.activity_id,
    groups.dimension,
    entries.entry_kind,
    rules.description,
    cast(entries.count_activities as bigint) as count_activities,
    entries.points_change as points,
    cast(entries.rule_points as decimal(18, 6)) as rule_points,
    entries.entered_at > {{ as_of() }} as is_future,
    entries.entered_at
from entries
inner join groups
    on
        entries.scorecard_id = groups.scorecard_id
        and entries.group_id = groups.group_id
left join rules
    on
        entries.scorecard_id = rules.scorecard_id
        and entries.rule_id = rules.rule_id
        and groups.dimension = rules.dimension
