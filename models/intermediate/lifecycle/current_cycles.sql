-- Where a lead stands in its latest cycle.
with

latest as (

    select
        lead_id,
        max(cycle_number) as cycle_number,
        max(started_at) as started_at
    from {{ ref('lead_cycles') }}
    group by lead_id

),

asides as (

    select
        lead_id,
        stage,
        reason,
        entered_at,
        row_number() over (
            partition by lead_id, stage
            order by entered_at desc, reason asc
        ) as recency_rank
    from {{ ref('crm_stage_events') }}
    where stage in ('recycled', 'disqualified')

),

stages as (

    select
        stages.lead_id,
        stages.cycle_number,
        max(case when stages.entered_at is not null then stages.stage_rank end) as furthest_rank,
        max(stages.entered_at) as last_entered_at,
        min(case when stages.stage = 'mql' then stages.entered_at end) as mql_at,
        min(case when stages.stage = 'sql' then stages.entered_at end) as sql_at
    from {{ ref('cycle_stages') }} as stages
    group by stages.lead_id, stages.cycle_number

)

select
    latest.lead_id,
    latest.cycle_number,
    latest.started_at as cycle_started_at,
    coalesce(stages.furthest_rank, 1) as furthest_rank,
    stages.last_entered_at,
    stages.mql_at as cycle_mql_at,
    stages.sql_at as cycle_sql_at,
    disqualified.entered_at as disqualified_at,
    disqualified.reason as disqualified_reason,
    recycled.reason as recycled_reason,
    -- A later stage makes an earlier disqualification void.
    coalesce(disqualified.entered_at >= coalesce(stages.last_entered_at, latest.started_at), false) as is_disqualified,
    latest.cycle_number > 1 and coalesce(stages.furthest_rank, 1) = 1 as is_recycled
from latest
left join stages
    on
        latest.lead_id = stages.lead_id
        and latest.cycle_number = stages.cycle_number
left join asides as disqualified
    on
        latest.lead_id = disqualified.lead_id
        and disqualified.stage = 'disqualified'
        and disqualified.recency_rank = 1
left join asides as recycled
    on
        latest.lead_id = recycled.lead_id
        and recycled.stage = 'recycled'
        and recycled.recency_rank = 1
