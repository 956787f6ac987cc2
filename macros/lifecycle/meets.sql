{#- Whether `actual` meets `needed` under an operator of stage_rules: >= or <=. -#}
{% macro meets(operator, actual, needed) -%}
    case {{ operator }} when '>=' then {{ actual }} >= {{ needed }} when '<=' then {{ actual }} <= {{ needed }} end
{%- endmacro %}
