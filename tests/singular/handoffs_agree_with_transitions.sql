-- Every cycle that entered MQL, SAL or SQL was handed over once, at the first of these, by whoever decided it; no other was.
with

entries as (

    select
        lead_id,
        cycle_number,
        min(entered_at) as entered_at
    from {{ ref('stage_transitions') }}
    where stage in ('mql', 'sal', 'sql')
    group by lead_id, cycle_number

),

firsts as (

    select
        transitions.lead_id,
        transitions.cycle_number,
        transitions.stage,
        transitions.rule_id,
        transitions.score,
        transitions.entered_at
    from {{ ref('stage_transitions') }} as transitions
    inner join entries
        on
            transitions.lead_id = entries.lead_id
            and transitions.cycle_number = entries.cycle_number
            and transitions.entered_at = entries.entered_at
    where transitions.stage in ('mql', 'sal', 'sql')

)

select
    coalesce(entries.lead_id, handoffs.lead_id) as lead_id,
    coalesce(entries.cycle_number, handoffs.cycle_number) as cycle_number
from entries
full outer join {{ ref('handoffs') }} as handoffs
    on
        entries.lead_id = handoffs.lead_id
        and entries.cycle_number = handoffs.cycle_number
left join firsts
    on
        handoffs.lead_id = firsts.lead_id
        and handoffs.cycle_number = firsts.cycle_number
        and handoffs.stage = firsts.stage
where
    entries.lead_id is null
    or handoffs.lead_id is null
    or firsts.lead_id is null
    or handoffs.handed_over_at <> firsts.entered_at
    or coalesce(handoffs.rule_id, '') <> coalesce(firsts.rule_id, '')
    or handoffs.score <> firsts.score
