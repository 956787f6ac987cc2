{#- What names a raw row to a person who looks for it in the source: its first column, or its day for spend. -#}
{% macro row_key(entity) %}
    {% set columns = contract_columns(entity) %}
    {{ return('cast(' ~ (columns[0].name if columns else 'null') ~ ' as ' ~ dbt.type_string() ~ ')') }}
{% endmacro %}
