-- What sales did about each hand-over, from it until its end.
with

attempts as (

    select
        handovers.lead_id,
        handovers.cycle_number,
        touches.kind,
        touches.is_outreach,
        touches.is_connection,
        touches.occurred_at < coalesce(handovers.qualified_at, {{ end_of_time() }}) as is_before_qualified,
        touches.occurred_at,
        row_number() over (
            partition by handovers.lead_id, handovers.cycle_number
            order by touches.occurred_at, touches.sales_activity_id, touches.source_system
        ) as attempt_number
    from {{ ref('handovers') }} as handovers
    left join {{ ref('handover_ends') }} as ends
        on
            handovers.lead_id = ends.lead_id
            and handovers.cycle_number = ends.cycle_number
    inner join {{ ref('sales_touches') }} as touches
        on
            handovers.lead_id = touches.lead_id
            and handovers.handed_over_at <= touches.occurred_at
            and touches.occurred_at < coalesce(ends.ended_at, {{ end_of_time() }})

)

select
    lead_id,
    cycle_number,
    max(case when attempt_number = 1 then kind end) as response_kind,
    sum(case when attempt_number > 1 and is_outreach and is_before_qualified then 1 else 0 end) as count_follow_ups,
    min(occurred_at) as first_response_at,
    min(case when is_connection then occurred_at end) as first_connected_at
from attempts
group by lead_id, cycle_number
