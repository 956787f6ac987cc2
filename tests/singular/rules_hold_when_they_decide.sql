-- A rule that moved a lead held at that moment: each of its clauses, in the version that counted then, was met by the figure
-- that stage_rule_checks shows. This is what `leadhouse explain` tells people as the reason.
with

decisions as (

    select
        lead_id,
        scorecard_id,
        cycle_number,
        stage,
        rule_id,
        entered_at
    from {{ ref('stage_transitions') }}
    where rule_id is not null

),

clauses as (

    select
        scorecard_id,
        stage,
        rule_id,
        count(distinct clause) as count_clauses
    from {{ ref('stage_rules') }}
    group by scorecard_id, stage, rule_id

),

ranked as (

    select
        decisions.lead_id,
        decisions.cycle_number,
        decisions.stage,
        decisions.rule_id,
        checks.is_met,
        row_number() over (
            partition by decisions.lead_id, decisions.cycle_number, decisions.stage, checks.clause
            order by checks.checked_at desc
        ) as recency_rank
    from decisions
    inner join {{ ref('stage_rule_checks') }} as checks
        on
            decisions.lead_id = checks.lead_id
            and decisions.scorecard_id = checks.scorecard_id
            and decisions.stage = checks.stage
            and decisions.rule_id = checks.rule_id
            and decisions.entered_at >= checks.checked_at
            and decisions.entered_at >= coalesce(checks.valid_from, decisions.entered_at)
            and decisions.entered_at < coalesce(checks.valid_to, {{ end_of_time() }})

),

met as (

    select
        lead_id,
        cycle_number,
        stage,
        sum(case when is_met then 1 else 0 end) as count_met
    from ranked
    where recency_rank = 1
    group by lead_id, cycle_number, stage

)

select
    decisions.lead_id,
    decisions.stage,
    decisions.rule_id,
    decisions.entered_at,
    clauses.count_clauses,
    met.count_met
from decisions
left join clauses
    on
        decisions.scorecard_id = clauses.scorecard_id
        and decisions.stage = clauses.stage
        and decisions.rule_id = clauses.rule_id
left join met
    on
        decisions.lead_id = met.lead_id
        and decisions.cycle_number = met.cycle_number
        and decisions.stage = met.stage
where clauses.count_clauses is null or coalesce(met.count_met, 0) <> clauses.count_clauses
