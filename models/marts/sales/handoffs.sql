{#- The hours that the SLA counts: business hours where they are set, else clock hours. -#}
{% set sla_hours = 'business_hours' if var('business_hours') else 'clock_hours' %}

with

transitions as (

    select * from {{ ref('stage_transitions') }}

),

answered as (

    select
        handovers.*,
        ends.end_kind,
        ends.end_reason,
        ends.ended_at,
        responses.response_kind,
        responses.count_follow_ups,
        responses.first_response_at,
        responses.first_connected_at,
        coalesce(responses.first_response_at, ends.ended_at, {{ as_of() }}) as waited_until
    from {{ ref('handovers') }} as handovers
    left join {{ ref('handover_ends') }} as ends
        on
            handovers.lead_id = ends.lead_id
            and handovers.cycle_number = ends.cycle_number
    left join {{ ref('handover_responses') }} as responses
        on
            handovers.lead_id = responses.lead_id
            and handovers.cycle_number = responses.cycle_number

),

timed as (

    select
        answered.*,
        end_kind in ('recycled', 'disqualified') as is_sent_back,
        first_response_at is null and ended_at is null and accepted_at is null as is_waiting,
        {{ seconds_between('handed_over_at', 'waited_until') }} / 3600 as clock_hours,
        {{ business_hours_between('handed_over_at', 'waited_until') }} as business_hours
    from answered

)

select
    timed.lead_id,
    cast(timed.cycle_number as bigint) as cycle_number,
    leads.owner_id,
    transitions.scorecard_id,
    timed.rule_id,
    timed.stage,
    transitions.decided_by,
    timed.agreement,
    leads.acquisition_channel,
    case
        when timed.accepted_at is not null then 'accepted'
        when timed.is_sent_back then 'rejected'
        else 'undecided'
    end as outcome,
    case when timed.is_sent_back then timed.end_reason end as rejection_reason,
    timed.response_kind,
    transitions.score,
    case when timed.first_response_at is not null then timed.clock_hours end as hours_to_response,
    case when timed.first_response_at is not null then timed.business_hours end as business_hours_to_response,
    cast(coalesce(timed.count_follow_ups, 0) as bigint) as count_follow_ups,
    timed.first_connected_at is not null as is_connected,
    timed.accepted_at is not null as is_accepted,
    coalesce(timed.is_sent_back, false) and timed.accepted_at is null as is_rejected,
    coalesce(timed.is_sent_back, false) and timed.accepted_at is not null as is_returned,
    coalesce(timed.end_kind = 'recycled' and {{ is_premature_reason('timed.end_reason') }}, false) as is_premature,
    case
        when timed.{{ sla_hours }} > {{ var('sla_hours') }} then false
        when timed.first_response_at is not null then true
    end as is_sla_met,
    timed.is_waiting and timed.{{ sla_hours }} <= {{ var('sla_hours') }} as is_open,
    timed.is_waiting and timed.{{ sla_hours }} > {{ var('sla_hours') }} as is_overdue,
    timed.opportunity_at is not null as has_opportunity,
    timed.won_at is not null as is_won,
    timed.handed_over_at,
    timed.first_response_at,
    timed.first_connected_at,
    timed.accepted_at,
    case when timed.is_sent_back and timed.accepted_at is null then timed.ended_at end as rejected_at,
    case when timed.is_sent_back and timed.accepted_at is not null then timed.ended_at end as returned_at,
    timed.opportunity_at,
    timed.won_at,
    timed.ended_at
from timed
inner join {{ ref('leads') }} as leads on timed.lead_id = leads.lead_id
inner join transitions
    on
        timed.lead_id = transitions.lead_id
        and timed.cycle_number = transitions.cycle_number
        and timed.stage = transitions.stage
