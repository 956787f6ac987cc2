-- A cycle is handed over to sales when it first enters MQL, SAL or SQL. What sales makes of it is what the CRM and the
-- opportunities say: an SQL by rule is marketing's opinion.
with

entries as (

    select
        lead_id,
        cycle_number,
        stage,
        by_rules_at,
        by_crm_at,
        case when entered_at = by_rules_at then rule_id end as rule_id,
        entered_at,
        row_number() over (
            partition by lead_id, cycle_number
            order by entered_at, stage_rank
        ) as entry_rank
    from {{ ref('cycle_stages') }}
    where stage in ('mql', 'sal', 'sql') and entered_at is not null

),

judgements as (

    select
        lead_id,
        cycle_number,
        max(entered_at) as last_entered_at,
        min(case when stage in ('sal', 'sql') then by_crm_at when stage <> 'mql' then candidate_at end) as accepted_at,
        min(case when stage = 'sql' then by_crm_at when stage not in ('mql', 'sal') then candidate_at end)
            as qualified_at,
        min(case when stage = 'opportunity' then candidate_at end) as opportunity_at,
        min(case when stage in ('customer', 'repeat_customer') then candidate_at end) as won_at
    from {{ ref('cycle_stages') }}
    group by lead_id, cycle_number

)

select
    entries.lead_id,
    entries.cycle_number,
    entries.stage,
    entries.rule_id,
    case
        when entries.by_rules_at is not null and entries.by_crm_at is not null then 'both'
        when entries.by_rules_at is not null then 'rules only'
        else 'crm only'
    end as agreement,
    entries.entered_at as handed_over_at,
    -- Where the CRM may not decide, it may have said so before.
    case when judgements.accepted_at is not null then greatest(judgements.accepted_at, entries.entered_at) end
        as accepted_at,
    case when judgements.qualified_at is not null then greatest(judgements.qualified_at, entries.entered_at) end
        as qualified_at,
    judgements.opportunity_at,
    judgements.won_at,
    judgements.last_entered_at,
    cycles.ended_at as cycle_ended_at,
    cycles.end_reason as cycle_end_reason
from entries
inner join judgements
    on
        entries.lead_id = judgements.lead_id
        and entries.cycle_number = judgements.cycle_number
inner join {{ ref('lead_cycles') }} as cycles
    on
        entries.lead_id = cycles.lead_id
        and entries.cycle_number = cycles.cycle_number
where entries.entry_rank = 1
