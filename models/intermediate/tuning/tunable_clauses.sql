-- Clauses that a score must reach: the thresholds that tuning can move. One takes the place of all versions of its clause.
with

rules as (

    select
        stage_rule_id,
        count(distinct clause) as count_clauses
    from {{ ref('stage_clauses') }}
    group by stage_rule_id

)

select
    clauses.stage_rule_id || ':' || cast(clauses.clause as {{ dbt.type_string() }}) || ':' || clauses.metric as clause_id,
    clauses.stage_rule_id,
    clauses.scorecard_id,
    clauses.stage,
    clauses.rule_id,
    clauses.clause,
    clauses.metric,
    rules.count_clauses - 1 as count_other_clauses,
    min(clauses.valid_from) as valid_from,
    max(clauses.valid_to) as valid_to
from {{ ref('stage_clauses') }} as clauses
inner join rules on clauses.stage_rule_id = rules.stage_rule_id
where clauses.metric in ('score', 'fit_score', 'engagement_score') and clauses.operator = '>='
group by
    clauses.stage_rule_id, clauses.scorecard_id, clauses.stage, clauses.rule_id, clauses.clause, clauses.metric,
    rules.count_clauses
