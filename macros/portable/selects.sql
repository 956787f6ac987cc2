{#- Between two selects: the rows of both, each once. BigQuery wants the word `distinct`, Redshift does not know it. -#}
{% macro union_distinct() -%}
    union{{ ' distinct' if target.type == 'bigquery' }}
{%- endmacro %}

{#- After the columns of a select from nothing: that there are no rows. BigQuery has no `where` without a `from`. -#}
{% macro no_rows() -%}
    {{ 'from (select 1) as nothing ' if target.type == 'bigquery' }}where false
{%- endmacro %}
