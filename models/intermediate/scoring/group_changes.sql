with

changes as (

    select
        entries.lead_id,
        entries.scorecard_id,
        entries.group_id,
        entries.points_change,
        0 as is_floor,
        entries.entered_at
    from {{ of_changed_leads(ref('ledger_entries')) }} as entries
    union all
    -- A group with a floor above zero gives it to every lead from the start.
    select
        leads.lead_id,
        groups.scorecard_id,
        groups.group_id,
        0 as points_change,
        1 as is_floor,
        leads.created_at as entered_at
    from {{ of_changed_leads(ref('resolved_leads')) }} as leads
    cross join {{ ref('score_groups') }} as groups
    where groups.min_points > 0

),

summed as (

    select
        lead_id,
        scorecard_id,
        group_id,
        entered_at,
        sum(points_change) as points_change,
        max(is_floor) as is_floor
    from changes
    group by lead_id, scorecard_id, group_id, entered_at

),

accumulated as (

    select
        summed.*,
        sum(points_change) over (
            partition by lead_id, scorecard_id, group_id
            order by entered_at
            rows between unbounded preceding and current row
        ) as points_in_all
    from summed

),

clamped as (

    select
        accumulated.lead_id,
        accumulated.scorecard_id,
        accumulated.group_id,
        groups.dimension,
        accumulated.entered_at,
        {{ clamped('accumulated.points_in_all', 'groups.min_points', 'groups.max_points') }} as group_points,
        case
            when accumulated.is_floor = 1 then 0
            else {{ clamped(
                '(accumulated.points_in_all - accumulated.points_change)', 'groups.min_points', 'groups.max_points'
            ) }}
        end as earlier_group_points
    from accumulated
    inner join {{ ref('score_groups') }} as groups
        on
            accumulated.scorecard_id = groups.scorecard_id
            and accumulated.group_id = groups.group_id

)

select
    lead_id,
    scorecard_id,
    group_id,
    dimension,
    entered_at,
    cast(group_points as decimal(18, 6)) as group_points,
    cast(group_points - earlier_group_points as decimal(18, 6)) as points_change
from clamped
