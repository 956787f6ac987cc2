{#- PostgreSQL, where tables are read whole and have no indexes. A table that was just made has no statistics, by which the next one
    is planned. And of joins over several columns that hang together (system, visitor, session) the planner expects hardly a row, and
    would look for each row in all the others: a hash join is never much worse. Both override dbt's own macros. -#}
{% macro postgres__get_create_table_as_sql(temporary, relation, sql) -%}
    set local enable_nestloop = off;
    {{ create_table_as(temporary, relation, sql) }}
    analyze {{ relation }};
{%- endmacro %}

{% macro postgres__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    set local enable_nestloop = off;
    {{ default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) }}
{%- endmacro %}
