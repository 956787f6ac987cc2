-- How a hand-over ended, if it has: sales disqualified the lead, gave it back, or it expired.
with

disqualifications as (

    -- A later stage, or a later acceptance, makes an earlier disqualification void.
    select
        handovers.lead_id,
        handovers.cycle_number,
        min(events.entered_at) as disqualified_at
    from {{ ref('handovers') }} as handovers
    inner join {{ ref('crm_stage_events') }} as events
        on
            handovers.lead_id = events.lead_id
            and events.entered_at >= handovers.last_entered_at
            and events.entered_at >= coalesce(handovers.accepted_at, handovers.handed_over_at)
            and events.entered_at < coalesce(handovers.cycle_ended_at, {{ end_of_time() }})
    where events.stage = 'disqualified'
    group by handovers.lead_id, handovers.cycle_number

),

ends as (

    select
        handovers.lead_id,
        handovers.cycle_number,
        case
            when disqualifications.disqualified_at is not null then 'disqualified'
            when handovers.cycle_end_reason = 'expired' then 'expired'
            else 'recycled'
        end as end_kind,
        coalesce(disqualifications.disqualified_at, handovers.cycle_ended_at) as ended_at
    from {{ ref('handovers') }} as handovers
    left join disqualifications
        on
            handovers.lead_id = disqualifications.lead_id
            and handovers.cycle_number = disqualifications.cycle_number
    where coalesce(disqualifications.disqualified_at, handovers.cycle_ended_at) is not null

)

select
    ends.lead_id,
    ends.cycle_number,
    ends.end_kind,
    min(events.reason) as end_reason,
    ends.ended_at
from ends
left join {{ ref('crm_stage_events') }} as events
    on
        ends.lead_id = events.lead_id
        and ends.end_kind = events.stage
        and ends.ended_at = events.entered_at
group by ends.lead_id, ends.cycle_number, ends.end_kind, ends.ended_at
