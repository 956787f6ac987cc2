{% set counts = ['leads_compared', 'leads_score_changed', 'leads_grade_changed', 'mqls_before', 'mqls_after', 'sqls_before',
    'sqls_after'] %}

with

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
        {% for name in counts %}
        moved.count_{{ name }},
        {% endfor %}
        differences.compared_at,
        {{ as_of() }} as as_of
    from {{ ref('criteria_differences') }} as differences
    cross join champions
    left join {{ ref('standing_changes') }} as moved
        on coalesce(differences.scorecard_id, champions.scorecard_id) = moved.scorecard_id

),

earlier_builds as (

    select distinct build_id
    from {{ ref('earlier_criteria') }}

),

-- One build follows another: what was once found against the same earlier build, by one that did not come to its end, is
-- found anew.
followed as (

    select remembered.*
    from {{ ref('remembered_criteria_changes') }} as remembered
    left join earlier_builds on remembered.earlier_build_id = earlier_builds.build_id
    where earlier_builds.build_id is null

),

together as (

    select * from followed
    union all
    select * from found

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
    {% for name in counts %}
    cast(count_{{ name }} as bigint) as count_{{ name }},
    {% endfor %}
    compared_at,
    as_of
from together
