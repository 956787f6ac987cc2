{{ config(materialized='view') }}

-- Everything that changes what a rule gives a lead that is computed.
with

engagement_changes as (

    select * from {{ ref('engagement_rule_changes') }}

),

other_changes as (

    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
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
        'adjusted' as entry_kind,
        points_change,
        entered_at
    from {{ ref('adjustment_changes') }}

)

select
    series_number,
    rule_number,
    activity_number,
    count_activities,
    entry_kind,
    points_change,
    entered_at
from engagement_changes
where count_versions = 1
union all
-- Dated versions of one rule may change at one moment; they are one entry.
select
    series_number,
    rule_number,
    min(activity_number) as activity_number,
    cast(sum(count_activities) as bigint) as count_activities,
    min(entry_kind) as entry_kind,
    cast(sum(points_change) as decimal(18, 6)) as points_change,
    entered_at
from engagement_changes
where count_versions > 1
group by series_number, rule_number, entered_at
having sum(points_change) <> 0
union all
select
    series.series_number,
    rules.rule_number,
    cast(null as bigint) as activity_number,
    0 as count_activities,
    changes.entry_kind,
    changes.points_change,
    changes.entered_at
from other_changes as changes
inner join {{ ref('score_series') }} as series
    on
        changes.lead_id = series.lead_id
        and changes.scorecard_id = series.scorecard_id
inner join {{ ref('ledger_rules') }} as rules
    on
        changes.scorecard_id = rules.scorecard_id
        and changes.rule_id = rules.rule_id
        and changes.group_id = rules.group_id
