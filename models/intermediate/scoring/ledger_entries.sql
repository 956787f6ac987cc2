{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

-- The ledger itself: one signed entry per lead, scorecard, rule and moment, past and future.
with

accumulated as (

    select
        changes.*,
        sum(points_change) over (
            partition by series_number, rule_number
            order by entered_at
            rows between unbounded preceding and current row
        ) as rule_points,
        lead(entered_at) over (
            partition by series_number, rule_number
            order by entered_at
        ) as next_entered_at
    from {{ ref('ledger_changes') }} as changes

)

select
    series.lead_id,
    series.scorecard_id,
    rules.rule_id,
    rules.group_id,
    activities.activity_id,
    cast(accumulated.count_activities as bigint) as count_activities,
    accumulated.entry_kind,
    accumulated.points_change,
    cast(accumulated.rule_points as decimal(18, 6)) as rule_points,
    accumulated.entered_at,
    coalesce(accumulated.next_entered_at, {{ end_of_time() }}) as held_until
from accumulated
inner join {{ ref('score_series') }} as series on accumulated.series_number = series.series_number
inner join {{ ref('ledger_rules') }} as rules on accumulated.rule_number = rules.rule_number
left join {{ ref('numbered_activities') }} as activities on accumulated.activity_number = activities.activity_number
