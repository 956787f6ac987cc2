{#- A share of one of `count_parts` classes that is never 0, for what divides by it: half a case is added to each class. -#}
{% macro smoothed_share(part, whole, count_parts) -%}
    (cast({{ part }} as {{ dbt.type_float() }}) + 0.5) / ({{ whole }} + {{ count_parts / 2 }})
{%- endmacro %}

{#- What one class adds to the population stability index of a distribution against an earlier one; both shares above 0.
    N. Siddiqi, Credit risk scorecards (2006), also for the limits of 0.1 and 0.25. It is the divergence of
    H. Jeffreys, An invariant form for the prior probability in estimation problems, Proc. R. Soc. A 186 (1946), 453-461. -#}
{% macro stability_part(share, earlier_share) -%}
    ({{ share }} - {{ earlier_share }}) * ln({{ share }} / {{ earlier_share }})
{%- endmacro %}

{#- What the index of ten classes exceeds by chance alone once in twenty times, for two samples of these sizes: index over
    the sum of the reciprocal sizes follows the chi-squared distribution with nine degrees of freedom.
    B. Yurdakul, J. Naranjo, Statistical properties of the population stability index, J. Risk Model Validation 14 (2020). -#}
{% macro stability_by_chance(count, earlier_count) -%}
    {%- set chi_squared = 16.918977604620448 -%}
    {{ chi_squared }} * (
        cast(1 as {{ dbt.type_float() }}) / nullif({{ count }}, 0) + cast(1 as {{ dbt.type_float() }}) / nullif({{ earlier_count }}, 0)
    )
{%- endmacro %}
