{% set kept = built_relation('last_criteria_changes') %}

-- What earlier builds have found. The file survives the work database, the table is there without the package.
with

recorded as (

    {{ criteria_change_records() }}

),

recorded_builds as (

    select distinct build_id
    from recorded

)

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
