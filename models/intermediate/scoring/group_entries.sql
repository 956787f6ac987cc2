with

entries as (

    select
        changes.series_number,
        rules.group_id,
        changes.entered_at,
        changes.points_change,
        0 as is_floor
    from {{ ref('ledger_changes') }} as changes
    inner join {{ ref('ledger_rules') }} as rules on changes.rule_number = rules.rule_number
    union all
    -- A group with a floor above zero gives it to every lead from the start.
    select
        series.series_number,
        groups.group_id,
        series.created_at as entered_at,
        0 as points_change,
        1 as is_floor
    from {{ ref('score_series') }} as series
    inner join {{ ref('score_groups') }} as groups on series.scorecard_id = groups.scorecard_id
    where groups.min_points > 0

)

select
    series_number,
    group_id,
    entered_at,
    cast(sum(points_change) as decimal(18, 6)) as points_change,
    max(is_floor) as is_floor
from entries
group by series_number, group_id, entered_at
