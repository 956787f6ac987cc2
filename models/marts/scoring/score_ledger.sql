{{ config(materialized='view', meta={'recomputed_by': 'lead'}) }}

with

entries as (

    select * from {{ ref('ledger_entries') }}

),

rules as (

    select * from {{ ref('points_rules') }}

),

groups as (

    select * from {{ ref('score_groups') }}

)

select
    {{ hash_of([
        'entries.lead_id', 'entries.scorecard_id', 'entries.rule_id', 'entries.group_id', 'entries.entered_at',
    ]) }} as ledger_entry_id,
    entries.lead_id,
    entries.scorecard_id,
    entries.rule_id,
    entries.group_id,
    entries.activity_id,
    groups.dimension,
    entries.entry_kind,
    rules.description,
    entries.count_activities,
    entries.points_change as points,
    entries.rule_points,
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
