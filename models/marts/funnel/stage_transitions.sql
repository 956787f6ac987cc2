with

leads as (

    select
        lead_id,
        created_at
    from {{ ref('resolved_leads') }}

),

champions as (

    select scorecard_id
    from {{ ref('scorecards') }}
    where is_champion

),

stages as (

    select * from {{ ref('cycle_stages') }}
    where entered_at is not null

),

cycles as (

    select * from {{ ref('lead_cycles') }}

),

disqualifications as (

    select
        cycles.lead_id,
        cycles.cycle_number,
        min(events.reason) as reason,
        min(events.entered_at) as entered_at
    from cycles
    inner join {{ ref('crm_stage_events') }} as events
        on
            cycles.lead_id = events.lead_id
            and events.entered_at >= cycles.started_at
            and events.entered_at < coalesce(cycles.ended_at, {{ end_of_time() }})
    where events.stage = 'disqualified'
    group by cycles.lead_id, cycles.cycle_number

),

transitions as (

    select
        lead_id,
        1 as cycle_number,
        'lead' as stage,
        cast(null as {{ dbt.type_string() }}) as decided_by,
        cast(null as {{ dbt.type_string() }}) as rule_id,
        cast(null as {{ dbt.type_string() }}) as reason,
        created_at as entered_at
    from leads
    union all
    select
        lead_id,
        cycle_number,
        stage,
        case
            when stage in ('opportunity', 'customer', 'repeat_customer') then 'opportunities'
            when entered_at = by_rules_at then 'rules'
            else 'crm'
        end as decided_by,
        case when entered_at = by_rules_at then rule_id end as rule_id,
        cast(null as {{ dbt.type_string() }}) as reason,
        entered_at
    from stages
    union all
    select
        lead_id,
        cycle_number,
        'recycled' as stage,
        case when end_reason = 'expired' then 'rules' else 'crm' end as decided_by,
        cast(null as {{ dbt.type_string() }}) as rule_id,
        end_reason as reason,
        ended_at as entered_at
    from cycles
    where ended_at is not null
    union all
    select
        lead_id,
        cycle_number,
        'disqualified' as stage,
        'crm' as decided_by,
        cast(null as {{ dbt.type_string() }}) as rule_id,
        reason,
        entered_at
    from disqualifications

),

scores as (

    select
        steps.lead_id,
        steps.scorecard_id,
        steps.score,
        steps.entered_at,
        steps.held_until
    from {{ ref('score_steps') }} as steps
    inner join champions on steps.scorecard_id = champions.scorecard_id

)

select
    transitions.lead_id,
    cast(transitions.cycle_number as bigint) as cycle_number,
    transitions.stage,
    scores.scorecard_id,
    transitions.decided_by,
    transitions.rule_id,
    transitions.reason,
    scores.score,
    transitions.entered_at
from transitions
left join scores
    on
        transitions.lead_id = scores.lead_id
        and transitions.entered_at >= scores.entered_at
        and transitions.entered_at < scores.held_until
