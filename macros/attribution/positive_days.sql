{#- A variable that is a number of days, which must be more than none. -#}
{% macro positive_days(name) -%}
    {%- if var(name) is not number or var(name) <= 0 -%}
        {{ exceptions.raise_compiler_error("The variable " ~ name ~ " is '" ~ var(name) ~ "'. Give a number of days above 0.") }}
    {%- endif -%}
    {{ var(name) }}
{%- endmacro %}
