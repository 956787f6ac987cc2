{#- A share as a double, null where there is nothing to divide by. -#}
{% macro rate(part, whole) -%}
    cast({{ part }} as {{ dbt.type_float() }}) / nullif({{ whole }}, 0)
{%- endmacro %}

{#- Money, of two places, per one of so many, rounded to two places with halves up. Counted in hundredths, for a double that is not quite
    a half would be rounded as each engine writes it. -#}
{% macro price_per(amount, count) -%}
    {%- set twice = '2 * cast(' ~ amount ~ ' * 100 as bigint)' -%}
    cast(
        cast(floor(cast({{ twice }} + {{ count }} as {{ dbt.type_float() }}) / nullif(2 * {{ count }}, 0)) as decimal(18, 0)) * 0.01
        as decimal(18, 2)
    )
{%- endmacro %}

{#- A double without its last digits, which depend on the order in which it was added up. -#}
{% macro rounded(value) -%}
    cast(cast({{ value }} as {{ wide_decimal(12, 30) }}) as {{ dbt.type_float() }})
{%- endmacro %}

{#- One end of the Wilson score interval of a share at 95 %: side -1 is the lower, 1 the upper.
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927), 209-212. -#}
{% macro wilson(part, whole, side) -%}
    {%- set z = 1.959963984540054 -%}
    {%- set p = '(cast(' ~ part ~ ' as ' ~ dbt.type_float() ~ ') / nullif(' ~ whole ~ ', 0))' -%}
    case when {{ whole }} > 0 then greatest(0.0, least(1.0,
        ({{ p }} + {{ z * z / 2 }} / nullif({{ whole }}, 0)
        {{ '+' if side > 0 else '-' }} {{ z }} * sqrt(
            ({{ p }} * (1 - {{ p }}) + {{ z * z / 4 }} / nullif({{ whole }}, 0)) / nullif({{ whole }}, 0)
        )) / (1 + {{ z * z }} / nullif({{ whole }}, 0))
    )) end
{%- endmacro %}

{#- The value below which a share of a column lies within a group, between two values where it falls there; nulls do
    not count. Type 7 of R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50
    (1996), 361-365. -#}
{% macro percentile(value, share) -%}
    {{ return(adapter.dispatch('percentile', 'leadhouse')(value, share)) }}
{%- endmacro %}

{% macro default__percentile(value, share) -%}
    percentile_cont({{ share }}) within group (order by {{ value }})
{%- endmacro %}

{#- BigQuery has it for windows only: one over the group's own list. -#}
{% macro bigquery__percentile(value, share) -%}
    (select percentile_cont(item, {{ share }}) over () from unnest(array_agg({{ value }} ignore nulls)) as item limit 1)
{%- endmacro %}

{#- The median of a column within a group. -#}
{% macro median(value) -%}
    {{ percentile(value, 0.5) }}
{%- endmacro %}
