{#- PostgreSQL shows a decimal with as many places as its sum happened to have, and dbt compares what is shown: 2 and 2.000000
    would be two values. Overrides dbt's own macro, for unit tests only. -#}
{% macro postgres__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
    {#- dbt's select of no expected rows reads from this name. -#}
    with dbt_internal_unit_test_actual as ({{ main_sql }})

    {%- for rows, origin in [('select * from dbt_internal_unit_test_actual', 'actual'), (expected_fixture_sql, 'expected')] %}
    select
        {%- for column in expected_column_names %}
        case
            when cast({{ column }} as text) ~ '^-?[0-9]+[.][0-9]+$' then cast(trim_scale(cast(cast({{ column }} as text) as numeric)) as text)
            else cast({{ column }} as text)
        end as {{ column }},
        {%- endfor %}
        {{ dbt.string_literal(origin) }} as {{ adapter.quote('actual_or_expected') }}
    from ({{ rows }}) as {{ origin }}_rows
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
