{#- Whether sales says by this reason that it was too early: one of var('premature_reasons'), in small or capital letters. -#}
{% macro is_premature_reason(reason) -%}
    {%- set reasons = var('premature_reasons') | map('lower') | map('replace', "'", "''") | list -%}
    {% if reasons %}lower({{ reason }}) in ({{ text_list(reasons) }}){% else %}false{% endif %}
{%- endmacro %}
