{#- A difference of two shares over strata, weighted by how much a stratum can tell: `part` of `whole` against `other_part`
    of `other_whole`. In each stratum the weight of the difference is whole * other_whole / (whole + other_whole), and 0
    where one of them is missing.
    N. Mantel and W. Haenszel, Statistical aspects of the analysis of data from retrospective studies of disease,
    Journal of the National Cancer Institute 22 (1959), 719-748; for differences S. Greenland and J. M. Robins, Estimation
    of a common effect parameter from sparse follow-up data, Biometrics 41 (1985), 55-68.
    Sums of doubles are rounded, for their last digits depend on the order of the rows. -#}
{% macro stratum_weight(whole, other_whole) -%}
    (cast({{ whole }} as {{ dbt.type_float() }}) * {{ other_whole }} / nullif({{ whole }} + {{ other_whole }}, 0))
{%- endmacro %}

{#- The sum over strata of share * weight: divided by the sum of the weights, the share as it were if both groups had their
    members in the same strata. -#}
{% macro weighted_share(part, whole, weight) -%}
    {{- rounded('sum(case when ' ~ weight ~ ' > 0 then ' ~ rate(part, whole) ~ ' * ' ~ weight ~ ' end)') -}}
{%- endmacro %}

{#- The two sums that the variance of the difference is made of: `slope` is multiplied by the difference, `level` added, and
    both divided by the squared sum of weights. Right for few large strata and for many small ones.
    T. Sato, S. Greenland and J. M. Robins, On the variance estimator for the Mantel-Haenszel risk difference,
    Biometrics 45 (1989), 1323-1324. -#}
{% macro difference_slope(part, whole, other_part, other_whole) -%}
    {%- set all = '(' ~ whole ~ ' + ' ~ other_whole ~ ')' -%}
    {%- set share = '(cast(' ~ whole ~ ' as ' ~ dbt.type_float() ~ ') / nullif(' ~ all ~ ', 0))' -%}
    {%- set other_share = '(cast(' ~ other_whole ~ ' as ' ~ dbt.type_float() ~ ') / nullif(' ~ all ~ ', 0))' -%}
    {%- set total %}sum(
        {{ other_part }} * {{ share }} * {{ share }} - {{ part }} * {{ other_share }} * {{ other_share }}
        + {{ share }} * {{ other_share }} * ({{ other_whole }} - {{ whole }}) / 2
    ){% endset -%}
    {{- rounded(total) -}}
{%- endmacro %}

{% macro difference_level(part, whole, other_part, other_whole) -%}
    {%- set total %}sum(
        cast(
            {{ part }} * ({{ other_whole }} - {{ other_part }}) + {{ other_part }} * ({{ whole }} - {{ part }})
            as {{ dbt.type_float() }}
        ) / nullif({{ whole }} + {{ other_whole }}, 0) / 2
    ){% endset -%}
    {{- rounded(total) -}}
{%- endmacro %}

{#- One end of the 95 % interval of the difference: side -1 is the lower, 1 the upper. Null where nobody, or everybody, of
    both groups has the outcome: a width of 0 would say more than is known. -#}
{% macro difference_end(difference, slope, level, weight, side) -%}
    {%- set variance = '(' ~ difference ~ ' * ' ~ slope ~ ' + ' ~ level ~ ')' -%}
    case when {{ variance }} > 1e-9 then greatest(-1.0, least(1.0,
        {{ difference }} {{ '+' if side > 0 else '-' }} 1.959963984540054 * sqrt(greatest(0.0, {{ variance }})) / {{ weight }}
    )) end
{%- endmacro %}
