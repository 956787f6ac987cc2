-- When a lead lacks nothing but the score: all other clauses of the rule hold, and it is not excluded. No step is read
-- twice, so that engines narrow the whole to the clause that is asked for.
with

clause_spans as (

    select
        steps.lead_id,
        tunable.clause_id,
        clauses.valid_from,
        clauses.valid_to,
        steps.is_met,
        steps.checked_at as met_from,
        coalesce(
            lead(steps.checked_at) over (
                partition by steps.lead_id, steps.clause_version_id, tunable.clause_id
                order by steps.checked_at
            ), {{ end_of_time() }}
        ) as met_to
    from {{ ref('clause_steps') }} as steps
    inner join {{ ref('stage_clauses') }} as clauses on steps.clause_version_id = clauses.clause_version_id
    inner join {{ ref('tunable_clauses') }} as tunable
        on
            clauses.stage_rule_id = tunable.stage_rule_id
            and clauses.clause <> tunable.clause

),

spans as (

    select
        lead_id,
        clause_id,
        1 as clauses_met,
        0 as exclusions_met,
        greatest(met_from, valid_from) as lasts_from,
        least(met_to, valid_to) as lasts_to
    from clause_spans
    where is_met
    union all
    -- Where the score is all that the rule asks for, it lacks nothing else from the start.
    select
        leads.lead_id,
        tunable.clause_id,
        1 as clauses_met,
        0 as exclusions_met,
        leads.created_at as lasts_from,
        {{ end_of_time() }} as lasts_to
    from {{ ref('resolved_leads') }} as leads
    cross join {{ ref('tunable_clauses') }} as tunable
    where tunable.count_other_clauses = 0
    union all
    select
        exclusions.lead_id,
        tunable.clause_id,
        0 as clauses_met,
        1 as exclusions_met,
        exclusions.excluded_from as lasts_from,
        exclusions.excluded_to as lasts_to
    from {{ ref('exclusion_spans') }} as exclusions
    cross join {{ ref('tunable_clauses') }} as tunable

),

ends as (

    select false as is_end
    union all
    select true as is_end

),

summed as (

    select
        spans.lead_id,
        spans.clause_id,
        case when ends.is_end then spans.lasts_to else spans.lasts_from end as changed_at,
        sum(case when ends.is_end then -spans.clauses_met else spans.clauses_met end) as clauses_change,
        sum(case when ends.is_end then -spans.exclusions_met else spans.exclusions_met end) as exclusions_change
    from spans
    cross join ends
    where spans.lasts_from < spans.lasts_to
    group by spans.lead_id, spans.clause_id, case when ends.is_end then spans.lasts_to else spans.lasts_from end

),

accumulated as (

    select
        lead_id,
        clause_id,
        changed_at,
        sum(clauses_change) over (
            partition by lead_id, clause_id
            order by changed_at
            rows between unbounded preceding and current row
        ) as clauses_met,
        sum(exclusions_change) over (
            partition by lead_id, clause_id
            order by changed_at
            rows between unbounded preceding and current row
        ) as exclusions_met,
        coalesce(
            lead(changed_at) over (partition by lead_id, clause_id order by changed_at), {{ end_of_time() }}
        ) as next_changed_at
    from summed

)

select
    accumulated.lead_id,
    accumulated.clause_id,
    tunable.scorecard_id,
    tunable.metric,
    greatest(accumulated.changed_at, tunable.valid_from) as holds_from,
    least(accumulated.next_changed_at, tunable.valid_to) as holds_to
from accumulated
inner join {{ ref('tunable_clauses') }} as tunable
    on
        accumulated.clause_id = tunable.clause_id
        and accumulated.clauses_met = greatest(tunable.count_other_clauses, 1)
where
    accumulated.exclusions_met = 0
    and greatest(accumulated.changed_at, tunable.valid_from) < least(accumulated.next_changed_at, tunable.valid_to)
