{{ config(materialized='view', meta={'recomputed_by': 'lead'}) }}

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
    nullif(clauses.valid_from, {{ start_of_time() }}) as valid_from,
    nullif(clauses.valid_to, {{ end_of_time() }}) as valid_to,
    steps.checked_at
from steps
inner join clauses on steps.clause_version_id = clauses.clause_version_id
