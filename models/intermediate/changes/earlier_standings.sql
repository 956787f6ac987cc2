{% set last = built_relation('last_lead_standings') %}

-- Where the leads stood in the earlier build, if the criteria have changed since. Only what the same build left as the
-- criteria can be held against what is known now.
with

changed_builds as (

    select distinct
        earlier_invocation_id,
        compared_at
    from {{ ref('criteria_differences') }}

)

select
    standings.lead_id,
    standings.scorecard_id,
    standings.grade,
    standings.score,
    standings.is_mql,
    standings.is_sql,
    changed_builds.compared_at
{% if last %}
from {{ last }} as standings
inner join changed_builds on standings.invocation_id = changed_builds.earlier_invocation_id
{% else %}
from (
    select
        cast(null as {{ dbt.type_string() }}) as lead_id,
        cast(null as {{ dbt.type_string() }}) as scorecard_id,
        cast(null as {{ dbt.type_string() }}) as grade,
        cast(null as decimal(18, 6)) as score,
        cast(null as boolean) as is_mql,
        cast(null as boolean) as is_sql
) as standings
cross join changed_builds
{{ no_rows() }}
{% endif %}
