{{ config(materialized='view') }}

with

touches as (

    select
        touchpoints.lead_id as path_id,
        coalesce(times.furthest_rank, 1) as furthest_rank,
        touchpoints.touch_id,
        touchpoints.channel,
        touchpoints.touched_at
    from {{ ref('touchpoints') }} as touchpoints
    left join {{ ref('first_stage_times') }} as times on touchpoints.lead_id = times.lead_id
    where coalesce(times.furthest_rank, 1) < {{ stage_rank("'" ~ attribution_targets()[-1] ~ "'") }}
    union all
    -- Visitors who never became a lead.
    select
        {{ hash_of(['source_system', 'visitor_id']) }} as path_id,
        0 as furthest_rank,
        touch_id,
        channel,
        touched_at
    from {{ ref('session_touchpoints') }}
    where lead_id is null

),

paths as (

    select
        path_id,
        furthest_rank,
        max(touched_at) as ended_at,
        max(case when {{ is_attributed('channel') }} then touched_at end) as last_touched_at
    from touches
    group by path_id, furthest_rank

)

select
    paths.path_id,
    paths.furthest_rank,
    touches.touch_id,
    coalesce(touches.channel, 'Unassigned') as channel,
    coalesce(touches.touched_at, paths.ended_at) as touched_at
from paths
left join touches
    on
        paths.path_id = touches.path_id
        and touches.touched_at
        > {{ add_time('paths.last_touched_at', '-' ~ positive_days('attribution_lookback_days'), 'day') }}
        and {{ is_attributed('touches.channel') }}
