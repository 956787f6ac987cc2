{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

-- The ledger itself: one signed entry per lead, scorecard, rule and moment, past and future.
with

all_changes as (

    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        activity_id,
        count_activities,
        entry_kind,
        points_change,
        entered_at
    from {{ ref('engagement_rule_changes') }}
    union all
    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        cast(null as varchar) as activity_id,
        0 as count_activities,
        entry_kind,
        points_change,
        entered_at
    from {{ ref('fit_changes') }}
    union all
    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        cast(null as varchar) as activity_id,
        0 as count_activities,
        'adjusted' as entry_kind,
        points_change,
        entered_at
    from {{ ref('adjustment_changes') }}

),

-- Dated versions of one rule may change at one moment; they are one entry.
entries as (

    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        min(activity_id) as activity_id,
        sum(count_activities) as count_activities,
        min(entry_kind) as entry_kind,
        sum(points_change) as points_change,
        entered_at
    from all_changes
    group by lead_id, scorecard_id, rule_id, group_id, entered_at
    having sum(points_change) <> 0

),

accumulated as (

    select
        entries.*,
        sum(points_change) over (
            partition by lead_id, scorecard_id, rule_id, group_id
            order by entered_at
            rows between unbounded preceding and current row
        ) as rule_points,
        lead(entered_at) over (
            partition by lead_id, scorecard_id, rule_id, group_id
            order by entered_at
        ) as next_entered_at
    from entries

)

select
    {{ hash_of(['lead_id', 'scorecard_id', 'rule_id', 'group_id', 'entered_at']) }} as ledger_entry_id,
    lead_id,
    scorecard_id,
    rule_id,
    group_id,
    activity_id,
    cast(count_activities as bigint) as count_activities,
    entry_kind,
    cast(points_change as decimal(18, 6)) as points_change,
    cast(rule_points as decimal(18, 6)) as rule_points,
    entered_at,
    coalesce(next_entered_at, {{ end_of_time() }}) as held_until
from accumulated
