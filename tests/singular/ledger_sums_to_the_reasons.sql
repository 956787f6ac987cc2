-- A rule's points now are the sum of its entries up to now: no entry is missing from the ledger and none is counted twice.
with

entries as (

    select
        ledger.lead_id,
        ledger.scorecard_id,
        ledger.rule_id,
        ledger.group_id,
        sum(ledger.points) as points
    from {{ of_changed_leads(ref('score_ledger')) }} as ledger
    where ledger.entered_at <= {{ as_of() }}
    group by ledger.lead_id, ledger.scorecard_id, ledger.rule_id, ledger.group_id
    having sum(ledger.points) <> 0

),

reasons as (

    select all_reasons.*
    from {{ of_changed_leads(ref('lead_score_reasons')) }} as all_reasons
    where all_reasons.reason_kind <> 'clamp'

)

select
    coalesce(entries.lead_id, reasons.lead_id) as lead_id,
    coalesce(entries.scorecard_id, reasons.scorecard_id) as scorecard_id,
    coalesce(entries.rule_id, reasons.rule_id) as rule_id,
    entries.points as ledger_points,
    reasons.points as reason_points
from entries
full outer join reasons
    on
        entries.lead_id = reasons.lead_id
        and entries.scorecard_id = reasons.scorecard_id
        and entries.rule_id = reasons.rule_id
        and entries.group_id = reasons.group_id
where coalesce(entries.points, 0) <> coalesce(reasons.points, 0)
