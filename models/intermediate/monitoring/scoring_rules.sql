{{ config(materialized='view') }}

-- Every rule of the criteria, those that never fire too. The newest version says what it is called and gives.
with

versions as (

    {% for rule_kind in ['fit', 'engagement'] %}
    select
        scorecard_id,
        '{{ rule_kind }}' as rule_kind,
        cast(null as {{ dbt.type_string() }}) as stage,
        rule_id,
        1 as clause,
        group_id,
        description,
        points,
        coalesce(valid_from, {{ start_of_time() }}) as valid_from,
        coalesce(valid_to, {{ end_of_time() }}) as valid_to
    from {{ ref(rule_kind ~ '_rules') }}
    union all
    {% endfor %}
    select
        scorecard_id,
        'stage' as rule_kind,
        stage,
        rule_id,
        clause,
        cast(null as {{ dbt.type_string() }}) as group_id,
        description,
        cast(null as decimal(18, 6)) as points,
        valid_from,
        valid_to
    from {{ ref('stage_clauses') }}

),

ranked as (

    select
        versions.*,
        row_number() over (
            partition by scorecard_id, rule_kind, stage, rule_id
            order by clause asc, valid_from desc
        ) as version_rank,
        max(case when valid_from <= {{ as_of() }} and valid_to > {{ as_of() }} then 1 else 0 end) over (
            partition by scorecard_id, rule_kind, stage, rule_id, clause
        ) as is_clause_valid
    from versions

)

select
    scorecard_id,
    rule_kind,
    stage,
    rule_id,
    max(case when version_rank = 1 then group_id end) as group_id,
    max(case when version_rank = 1 then description end) as description,
    max(case when version_rank = 1 then points end) as points,
    -- A rule holds with all its clauses or not at all.
    min(is_clause_valid) = 1 as is_valid
from ranked
group by scorecard_id, rule_kind, stage, rule_id
