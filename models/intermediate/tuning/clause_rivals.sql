-- What else brings a lead into the stage in a cycle, whatever the threshold, and what ends its chance to enter.
with

rule_moments as (

    select
        spans.lead_id,
        cycles.cycle_number,
        spans.stage_rule_id,
        spans.holds_from as held_at
    from {{ ref('stage_rule_spans') }} as spans
    inner join {{ ref('lead_cycles') }} as cycles
        on
            spans.lead_id = cycles.lead_id
            and cycles.cycle_number = 1
            and spans.holds_from >= cycles.started_at
            and spans.holds_from < coalesce(cycles.ended_at, {{ end_of_time() }})
    where spans.holds_from <= {{ as_of() }}
    union all
    select
        spans.lead_id,
        cycles.cycle_number,
        spans.stage_rule_id,
        activities.moment as held_at
    from {{ ref('lead_cycles') }} as cycles
    inner join {{ ref('new_activity_moments') }} as activities
        on
            cycles.lead_id = activities.lead_id
            and activities.moment > cycles.started_at
            and activities.moment < coalesce(cycles.ended_at, {{ end_of_time() }})
    inner join {{ ref('stage_rule_spans') }} as spans
        on
            activities.lead_id = spans.lead_id
            and activities.moment >= spans.holds_from
            and activities.moment < spans.holds_to
    where cycles.cycle_number > 1 and activities.moment <= {{ as_of() }}

),

rules as (

    select distinct
        stage_rule_id,
        scorecard_id,
        stage
    from {{ ref('stage_clauses') }}

),

by_other_rules as (

    select
        moments.lead_id,
        moments.cycle_number,
        tunable.clause_id,
        min(moments.held_at) as other_rule_at
    from rule_moments as moments
    inner join rules on moments.stage_rule_id = rules.stage_rule_id
    inner join {{ ref('tunable_clauses') }} as tunable
        on
            rules.scorecard_id = tunable.scorecard_id
            and rules.stage = tunable.stage
            and rules.stage_rule_id <> tunable.stage_rule_id
    group by moments.lead_id, moments.cycle_number, tunable.clause_id

),

by_crm as (

    select
        stages.lead_id,
        stages.cycle_number,
        tunable.clause_id,
        min(case when stages.stage = tunable.stage then stages.by_crm_at end) as crm_at,
        min(case when stages.stage_rank > {{ stage_rank('tunable.stage') }} then stages.candidate_at end) as later_stage_at
    from {{ ref('cycle_stages') }} as stages
    cross join {{ ref('tunable_clauses') }} as tunable
    where stages.stage_rank >= {{ stage_rank('tunable.stage') }}
    group by stages.lead_id, stages.cycle_number, tunable.clause_id

)

select
    coalesce(by_other_rules.lead_id, by_crm.lead_id) as lead_id,
    coalesce(by_other_rules.clause_id, by_crm.clause_id) as clause_id,
    coalesce(by_other_rules.cycle_number, by_crm.cycle_number) as cycle_number,
    by_other_rules.other_rule_at,
    by_crm.crm_at,
    by_crm.later_stage_at
from by_other_rules
full outer join by_crm
    on
        by_other_rules.lead_id = by_crm.lead_id
        and by_other_rules.clause_id = by_crm.clause_id
        and by_other_rules.cycle_number = by_crm.cycle_number
