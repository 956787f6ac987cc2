{{ config(materialized='view') }}

{% set path = 'partition by steps.lead_id, steps.target' %}

select
    steps.lead_id,
    steps.target,
    steps.touch_id,
    steps.channel,
    steps.position,
    steps.count_steps,
    count(*) over ({{ path }}, steps.channel) as count_channel_steps,
    row_number() over ({{ path }}, steps.channel order by steps.position) as channel_step_number,
    max(case when steps.channel <> 'Direct' then steps.position end) over ({{ path }}) as last_non_direct_position,
    -- Of touches that stand together as one step, some may lie before the moment and some after it.
    max(case when steps.started_at <= conversions.lead_created_at then steps.position end) over ({{ path }})
        as lead_position,
    max(case when steps.started_at <= conversions.decision_began_at then steps.position end) over ({{ path }})
        as decision_position,
    {{ seconds_between('steps.touched_at', 'max(steps.touched_at) over (' ~ path ~ ')') }} / 86400 as days_before_last,
    steps.touched_at
from {{ ref('conversion_steps') }} as steps
inner join {{ ref('conversions') }} as conversions
    on
        steps.lead_id = conversions.lead_id
        and steps.target = conversions.target
