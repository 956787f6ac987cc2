{{ config(materialized='view') }}

-- Everything that is asked of attributes: fit rules, and exclusions, which have no dates.
select
    'fit:' || scorecard_id || ':' || rule_id || ':'
    || coalesce(cast(valid_from as {{ dbt.type_string() }}), '') as condition_id,
    attribute,
    operator,
    value
from {{ ref('fit_rules') }}
union all
select
    'exclusion:' || attribute || ':' || operator || ':' || coalesce(value, '') as condition_id,
    attribute,
    operator,
    value
from {{ ref('exclusions') }}
