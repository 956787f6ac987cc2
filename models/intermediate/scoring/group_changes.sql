with

changes as (

    select
        lead_id,
        scorecard_id,
        group_id,
        points_change,
        entered_at
    from {{ ref('ledger_entries') }}
    union all
    -- A group with a floor above zero gives it to every lead from the start.
    select
        leads.lead_id,
        groups.scorecard_id,
        groups.group_id,
        0 as points_change,
        leads.created_at as entered_at
    from {{ ref('resolved_leads') }} as leads
    cross join {{ ref('score_groups') }} as groups
    where groups.min_points > 0

),

summed as (

    select
        lead_id,
        scorecard_id,
        group_id,
        entered_at,
        sum(points_change) as points_change
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
        accumulated.points_in_all,
        greatest(
            least(accumulated.points_in_all, coalesce(groups.max_points, 999999999999)),
            coalesce(groups.min_points, -999999999999)
        ) as group_points
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
    cast(
        group_points - coalesce(
            lag(group_points) over (partition by lead_id, scorecard_id, group_id order by entered_at), 0
        ) as decimal(18, 6)
    ) as points_change
from clamped
