{#- A column of the criteria as text; null when it is empty. -#}
{% macro criteria_text(seed, column) -%}
    {%- set numbers = ['max_score', 'min_points', 'max_points', 'points', 'decay_percent'] -%}
    {%- if column in numbers or (seed == 'stage_rules' and column == 'value') -%}
    {{ plain_number(column) }}
    {%- else -%}
    cast({{ column }} as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}

{#- The columns that name a row of the criteria, as one text. A rule's first version has no valid_from. -#}
{% macro criteria_key(seed) -%}
    {%- for column in criteria_tables()[seed]['key'] -%}
    coalesce({{ criteria_text(seed, column) }}, '{{ 'always' if column == 'valid_from' }}')
    {{- " || ' / ' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
