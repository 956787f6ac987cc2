{#- Rules that fire later than so many weeks after a lead's creation are held against leads of this age: few are older. -#}
{% macro last_age_week() -%}52{%- endmacro %}
