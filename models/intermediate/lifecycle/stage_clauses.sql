-- A clause's next version ends the one before it, where that names no end of its own.
select
    scorecard_id || ':' || stage || ':' || rule_id as stage_rule_id,
    scorecard_id || ':' || stage || ':' || rule_id || ':' || cast(clause as {{ dbt.type_string() }})
    || ':' || coalesce(cast(valid_from as {{ dbt.type_string() }}), '') as clause_version_id,
    scorecard_id,
    stage,
    rule_id,
    clause,
    metric,
    case when metric like 'count:%' then substr(metric, 7) end as activity_type,
    operator,
    value as needed_value,
    window_days,
    coalesce(valid_from, {{ start_of_time() }}) as valid_from,
    coalesce(
        valid_to,
        lead(valid_from) over (
            partition by scorecard_id, stage, rule_id, clause
            order by coalesce(valid_from, {{ start_of_time() }})
        ),
        {{ end_of_time() }}
    ) as valid_to,
    description
from {{ ref('stage_rules') }}
