{% set kept = built_relation('last_criteria_changes') %}
{% set columns = [
    'build_id', 'earlier_build_id', 'change_number', 'scorecard_id', 'rule_id', 'seed_name', 'row_key', 'change_kind',
    'changes', 'count_leads_compared', 'count_leads_score_changed', 'count_leads_grade_changed', 'count_mqls_before',
    'count_mqls_after', 'count_sqls_before', 'count_sqls_after', 'compared_at', 'as_of',
] %}

with

recorded as (

    {{ criteria_change_records() }}

),

recorded_builds as (

    select distinct build_id
    from recorded

),

-- Both hold what earlier builds have found: the file survives the work database, the table is there without the package.
remembered as (

    select * from recorded
    -- A line that was torn off reads as a row of nulls.
    where build_id is not null
    {% if kept %}
    union all
    select kept.*
    from {{ kept }} as kept
    left join recorded_builds on kept.build_id = recorded_builds.build_id
    where recorded_builds.build_id is null
    {% endif %}

),

earlier_builds as (

    select distinct build_id
    from {{ ref('earlier_criteria') }}

),

champions as (

    select scorecard_id
    from {{ ref('scorecards') }}
    where is_champion

),

found as (

    select
        '{{ run_setting("build_id") or plan_id() }}' as build_id,
        differences.earlier_build_id,
        row_number() over (order by differences.seed_name, differences.row_key) as change_number,
        differences.scorecard_id,
        differences.rule_id,
        differences.seed_name,
        {{ without_addresses('differences.row_key') }} as row_key,
        differences.change_kind,
        {{ without_addresses('differences.changes') }} as changes,
        moved.count_leads_compared,
        moved.count_leads_score_changed,
        moved.count_leads_grade_changed,
        moved.count_mqls_before,
        moved.count_mqls_after,
        moved.count_sqls_before,
        moved.count_sqls_after,
        differences.compared_at,
        {{ as_of() }} as as_of
    from {{ ref('criteria_differences') }} as differences
    cross join champions
    left join {{ ref('standing_changes') }} as moved
        on coalesce(differences.scorecard_id, champions.scorecard_id) = moved.scorecard_id

),

-- One build follows another: what was once found against the same earlier build, by one that did not come to its end, is
-- found anew.
followed as (

    select remembered.*
    from remembered
    left join earlier_builds on remembered.earlier_build_id = earlier_builds.build_id
    where earlier_builds.build_id is null

),

together as (

    select {{ columns | join(', ') }} from followed
    union all
    select {{ columns | join(', ') }} from found

)

select
    build_id,
    earlier_build_id,
    cast(change_number as bigint) as change_number,
    scorecard_id,
    rule_id,
    seed_name,
    row_key,
    change_kind,
    changes,
    {% for column in columns if column.startswith('count_') %}
    cast({{ column }} as bigint) as {{ column }},
    {% endfor %}
    compared_at,
    as_of
from together
