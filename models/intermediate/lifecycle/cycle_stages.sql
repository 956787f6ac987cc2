-- The first moment of each stage in each cycle: as rules have it, as the CRM has it, and as it counts.
with

in_cycles as (

    select
        cycles.lead_id,
        cycles.cycle_number,
        moments.stage,
        moments.decided_by,
        moments.rule_id,
        moments.has_authority,
        moments.moment
    from {{ ref('lead_cycles') }} as cycles
    inner join {{ ref('stage_moments') }} as moments
        on
            cycles.lead_id = moments.lead_id
            and moments.moment >= cycles.started_at
            and moments.moment < coalesce(cycles.ended_at, {{ end_of_time() }})
            and {{ counts_in_cycle('moments', '(cycles.cycle_number = 1)', 'cycles.started_at') }}

),

firsts as (

    select
        lead_id,
        cycle_number,
        stage,
        min(case when decided_by = 'rules' then moment end) as by_rules_at,
        min(case when decided_by = 'crm' then moment end) as by_crm_at,
        min(case when has_authority then moment end) as candidate_at
    from in_cycles
    group by lead_id, cycle_number, stage

),

-- Of several rules that hold at the first moment, the first by name.
rules as (

    select
        firsts.lead_id,
        firsts.cycle_number,
        firsts.stage,
        min(in_cycles.rule_id) as rule_id
    from firsts
    inner join in_cycles
        on
            firsts.lead_id = in_cycles.lead_id
            and firsts.cycle_number = in_cycles.cycle_number
            and firsts.stage = in_cycles.stage
            and firsts.by_rules_at = in_cycles.moment
    where in_cycles.decided_by = 'rules'
    group by firsts.lead_id, firsts.cycle_number, firsts.stage

),

ranked as (

    select
        firsts.*,
        rules.rule_id,
        {{ stage_rank('firsts.stage') }} as stage_rank
    from firsts
    left join rules
        on
            firsts.lead_id = rules.lead_id
            and firsts.cycle_number = rules.cycle_number
            and firsts.stage = rules.stage

),

with_later as (

    select
        ranked.*,
        min(candidate_at) over (
            partition by lead_id, cycle_number
            order by stage_rank desc
            rows between unbounded preceding and 1 preceding
        ) as later_stage_at
    from ranked

)

select
    lead_id,
    cycle_number,
    stage,
    stage_rank,
    rule_id,
    by_rules_at,
    by_crm_at,
    candidate_at,
    -- A stage that a later one came before was jumped over and has no time.
    case when candidate_at <= coalesce(later_stage_at, {{ end_of_time() }}) then candidate_at end as entered_at
from with_later
