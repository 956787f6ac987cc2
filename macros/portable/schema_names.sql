{#- Layers are schemas. In a database of Leadhouse's own (DuckDB) they have the names of dbt_project.yml; in a warehouse that others
    use too they begin with the target's schema: leadhouse_marts. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set is_shared = target.type != 'duckdb' and custom_schema_name -%}
    {{ (target.schema ~ '_' ~ custom_schema_name if is_shared else custom_schema_name or target.schema) | trim }}
{%- endmacro %}
