{#- The least number of a range such as 5-25 or 1000+, or the number itself; null where there is none. -#}
{% macro least_of_range(value) -%}
    cast({{ try_number("replace(replace(split_part(" ~ value ~ ", '-', 1), '+', ''), ',', '')") }} as bigint)
{%- endmacro %}
