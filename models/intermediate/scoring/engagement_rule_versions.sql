{{ config(materialized='view') }}

select
    scorecard_id || ':' || rule_id || ':' || coalesce(cast(valid_from as {{ dbt.type_string() }}), '') as rule_version_id,
    row_number() over (order by scorecard_id, rule_id, valid_from nulls first) as rule_version_number,
    scorecard_id,
    rule_id,
    group_id,
    activity_type,
    points,
    coalesce(min_count, 1) as min_count,
    window_days,
    max_points,
    decay,
    decay_days,
    decay_percent,
    coalesce(valid_from, {{ start_of_time() }}) as valid_from,
    coalesce(valid_to, {{ end_of_time() }}) as valid_to,
    description
from {{ ref('engagement_rules') }}
