-- What has leaked is what hand-overs and stages show: nobody is named here who is excluded, disqualified, a customer, or was
-- answered or accepted, and nobody is left out who waits too long for an owner, an answer, or an opportunity.
with

waiting as (

    select
        stages.lead_id,
        stages.is_excluded or stages.is_disqualified or stages.is_customer as is_out,
        leads.has_opted_out and not coalesce(handoffs.is_accepted, false) as is_let_alone,
        coalesce(
            handoffs.outcome = 'undecided' and handoffs.ended_at is null
            and {{ add_time('handoffs.handed_over_at', var('leakage_days'), 'day') }} <= {{ as_of() }}, false
        ) as is_late,
        leads.owner_id is null as lacks_owner,
        handoffs.first_response_at is null as lacks_touch,
        stages.stage = 'sql'
        and {{ add_time('stages.cycle_sql_at', var('sql_without_opportunity_days'), 'day') }} <= {{ as_of() }}
            as is_late_sql
    from {{ ref('lead_stages') }} as stages
    inner join {{ ref('leads') }} as leads on stages.lead_id = leads.lead_id
    left join {{ ref('handoffs') }} as handoffs
        on
            stages.lead_id = handoffs.lead_id
            and stages.cycle_number = handoffs.cycle_number

)

select
    waiting.*,
    leakage.leak_kinds
from waiting
left join {{ ref('leakage') }} as leakage on waiting.lead_id = leakage.lead_id
where
    (leakage.lead_id is not null and waiting.is_out)
    or (leakage.leak_kind <> 'stalled_opportunity' and waiting.is_let_alone)
    or (
        not waiting.is_out and not waiting.is_let_alone
        and (
            coalesce(leakage.is_mql_without_owner, false) <> (waiting.is_late and waiting.lacks_owner)
            or coalesce(leakage.is_mql_without_touch, false) <> (waiting.is_late and waiting.lacks_touch)
            or coalesce(leakage.is_sql_without_opportunity, false) <> coalesce(waiting.is_late_sql, false)
        )
    )
