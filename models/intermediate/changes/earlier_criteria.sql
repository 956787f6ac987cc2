{% set last = built_relation('last_criteria') %}

-- What last_criteria held when this build began; nothing before the first finished build.
{% if last %}
select * from {{ last }}
{% else %}
select
    criteria.*,
    cast(null as {{ dbt.type_string() }}) as invocation_id,
    cast(null as {{ dbt.type_string() }}) as build_id,
    {{ as_of() }} as as_of
from {{ ref('criteria_values') }} as criteria
where false
{% endif %}
