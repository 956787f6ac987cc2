{% set weight = stratum_weight('count_leads', 'count_other_leads') %}

-- Those who were nurtured and those who were not, as if they had entered the stage in the same months.
with

weighted as (

    select
        sequence_name,
        stage,
        {{ rounded('sum(' ~ weight ~ ')') }} as weight,
        {% for outcome in ['next_stage_leads', 'customers'] %}
        {{ weighted_share('count_' ~ outcome, 'count_leads', weight) }} as {{ outcome }}_share,
        {{ weighted_share('count_other_' ~ outcome, 'count_other_leads', weight) }} as other_{{ outcome }}_share,
        {% set counts = ['count_' ~ outcome, 'count_leads', 'count_other_' ~ outcome, 'count_other_leads'] %}
        {{ difference_slope(*counts) }} as {{ outcome }}_slope,
        {{ difference_level(*counts) }} as {{ outcome }}_level{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('nurture_months') }}
    group by sequence_name, stage

)

select
    sequence_name,
    stage,
    {% for outcome, name in {'next_stage_leads': 'next_stage', 'customers': 'customer'}.items() %}
    {% set share, other_share = outcome ~ '_share / nullif(weight, 0)', 'other_' ~ outcome ~ '_share / nullif(weight, 0)' %}
    {% set difference = '((' ~ outcome ~ '_share - other_' ~ outcome ~ '_share) / nullif(weight, 0))' %}
    {{ share }} as standardised_{{ name }}_rate,
    {{ other_share }} as other_standardised_{{ name }}_rate,
    {{ difference }} as {{ name }}_difference,
    {% for end, side in {'low': -1, 'high': 1}.items() %}
    {{ difference_end(difference, outcome ~ '_slope', outcome ~ '_level', 'weight', side) }}
        as {{ name }}_difference_{{ end }},
    {% endfor %}
    {% endfor %}
    weight
from weighted
