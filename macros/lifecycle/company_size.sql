{#- The band of a number of employees; null where none is known, or less than one is said. -#}
{% macro company_size(employees) -%}
    case
        {% for low, high in [(1, 10), (11, 50), (51, 200), (201, 1000)] -%}
        when {{ employees }} >= {{ low }} and {{ employees }} < {{ high + 1 }} then '{{ low }}-{{ high }}'
        {% endfor -%}
        when {{ employees }} >= 1001 then '1001+'
    end
{%- endmacro %}
