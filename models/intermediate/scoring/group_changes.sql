with

accumulated as (

    select
        series_number,
        group_id,
        entered_at,
        points_change,
        is_floor,
        sum(points_change) over (
            partition by series_number, group_id
            order by entered_at
            rows between unbounded preceding and current row
        ) as points_in_all
    from {{ ref('group_entries') }}

),

clamped as (

    select
        accumulated.series_number,
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
    inner join {{ ref('score_series') }} as series on accumulated.series_number = series.series_number
    inner join {{ ref('score_groups') }} as groups
        on
            series.scorecard_id = groups.scorecard_id
            and accumulated.group_id = groups.group_id

)

select
    series_number,
    group_id,
    dimension,
    entered_at,
    cast(group_points as decimal(18, 6)) as group_points,
    cast(group_points - earlier_group_points as decimal(18, 6)) as points_change
from clamped
