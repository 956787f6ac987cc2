with

steps as (

    select * from {{ ref('clause_steps') }}
    where checked_at <= {{ as_of() }}

),

clauses as (

    select * from {{ ref('stage_clauses') }}

)

select
    steps.lead_id,
    clauses.scorecard_id,
    clauses.stage,
    clauses.rule_id,
    clauses.clause,
    clauses.metric,
    clauses.operator,
    clauses.needed_value,
    steps.actual_value,
    steps.is_met,
    clauses.valid_from,
    clauses.valid_to,
    steps.checked_at
from steps
inner join clauses on steps.clause_version_id = clauses.clause_version_id
