with

changes as (

    select
        series_number,
        entered_at,
        case when dimension = 'fit' then points_change else 0 end as fit_change,
        case when dimension = 'engagement' then points_change else 0 end as engagement_change
    from {{ ref('group_changes') }}
    where points_change <> 0
    union all
    -- Every lead has a score from the start, if only of zero.
    select
        series_number,
        created_at as entered_at,
        0 as fit_change,
        0 as engagement_change
    from {{ ref('score_series') }}

)

select
    series_number,
    entered_at,
    cast(sum(fit_change) as decimal(18, 6)) as fit_change,
    cast(sum(engagement_change) as decimal(18, 6)) as engagement_change
from changes
group by series_number, entered_at
