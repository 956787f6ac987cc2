{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

with

clauses as (

    select * from {{ ref('stage_clauses') }}

),

rules as (

    select
        stage_rule_id,
        count(distinct clause) as count_clauses
    from clauses
    group by stage_rule_id

),

clause_spans as (

    select
        steps.lead_id,
        steps.clause_version_id,
        steps.is_met,
        steps.checked_at as met_from,
        coalesce(
            lead(checked_at) over (partition by lead_id, clause_version_id order by checked_at), {{ end_of_time() }}
        ) as met_to
    from {{ of_changed_leads(ref('clause_steps')) }} as steps

),

met as (

    select
        clause_spans.lead_id,
        clauses.stage_rule_id,
        greatest(clause_spans.met_from, clauses.valid_from) as met_from,
        least(clause_spans.met_to, clauses.valid_to) as met_to
    from clause_spans
    inner join clauses on clause_spans.clause_version_id = clauses.clause_version_id
    where
        clause_spans.is_met
        and greatest(clause_spans.met_from, clauses.valid_from) < least(clause_spans.met_to, clauses.valid_to)

),

candidates as (

    select distinct
        lead_id,
        stage_rule_id
    from met

),

changes as (

    select
        lead_id,
        stage_rule_id,
        met_from as changed_at,
        1 as clauses_change,
        0 as exclusions_change
    from met
    union all
    select
        lead_id,
        stage_rule_id,
        met_to as changed_at,
        -1 as clauses_change,
        0 as exclusions_change
    from met
    union all
    select
        exclusions.lead_id,
        candidates.stage_rule_id,
        exclusions.excluded_from as changed_at,
        0 as clauses_change,
        1 as exclusions_change
    from {{ of_changed_leads(ref('exclusion_spans')) }} as exclusions
    inner join candidates on exclusions.lead_id = candidates.lead_id
    union all
    select
        exclusions.lead_id,
        candidates.stage_rule_id,
        exclusions.excluded_to as changed_at,
        0 as clauses_change,
        -1 as exclusions_change
    from {{ of_changed_leads(ref('exclusion_spans')) }} as exclusions
    inner join candidates on exclusions.lead_id = candidates.lead_id

),

summed as (

    select
        lead_id,
        stage_rule_id,
        changed_at,
        sum(clauses_change) as clauses_change,
        sum(exclusions_change) as exclusions_change
    from changes
    group by lead_id, stage_rule_id, changed_at

),

accumulated as (

    select
        lead_id,
        stage_rule_id,
        changed_at,
        sum(clauses_change) over (
            partition by lead_id, stage_rule_id
            order by changed_at
            rows between unbounded preceding and current row
        ) as clauses_met,
        sum(exclusions_change) over (
            partition by lead_id, stage_rule_id
            order by changed_at
            rows between unbounded preceding and current row
        ) as exclusions_met,
        lead(changed_at) over (partition by lead_id, stage_rule_id order by changed_at) as next_changed_at
    from summed

)

select
    accumulated.lead_id,
    accumulated.stage_rule_id,
    accumulated.changed_at as holds_from,
    coalesce(accumulated.next_changed_at, {{ end_of_time() }}) as holds_to
from accumulated
inner join rules
    on
        accumulated.stage_rule_id = rules.stage_rule_id
        and accumulated.clauses_met = rules.count_clauses
where accumulated.exclusions_met = 0
