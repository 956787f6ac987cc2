{#- The chance that a win had a higher score than a loss, ties counting half (the area under the ROC curve). `doubled` is
    the sum over all wins of twice the losses below and once the losses beside.
    H. B. Mann, D. R. Whitney, On a test of whether one of two random variables is stochastically larger than the other,
    Ann. Math. Statist. 18 (1947), 50-60. -#}
{% macro ranking_chance(doubled, wins, losses) -%}
    cast({{ doubled }} as {{ dbt.type_float() }}) / nullif(2 * cast({{ wins }} as {{ dbt.type_float() }}) * {{ losses }}, 0)
{%- endmacro %}

{#- The variance of that chance; null with fewer than two wins or losses. `win_squares` and `loss_squares` are the sums of
    the squares of what `doubled` is the sum of, for wins and for losses.
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson, Comparing the areas under two or more correlated receiver operating
    characteristic curves, Biometrics 44 (1988), 837-845. -#}
{% macro ranking_variance(doubled, win_squares, loss_squares, wins, losses) -%}
    {%- for squares, own, other in [(win_squares, wins, losses), (loss_squares, losses, wins)] -%}
    greatest(0.0,
        {{ squares }} - cast({{ doubled }} as {{ dbt.type_float() }}) * {{ doubled }} / nullif({{ own }}, 0)
    ) / nullif({{ own }} - 1, 0) / nullif(4 * cast({{ other }} as {{ dbt.type_float() }}) * {{ other }} * {{ own }}, 0)
    {{- ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
