-- Whatever the model, a conversion is given away whole; so are, for the Markov model, the conversions of a target.
with

sums as (

    select
        lead_id,
        target,
        {% for model in credit_models() %}
        sum({{ model }}_credit) as {{ model }},
        {% endfor %}
        count(*) as count_steps
    from {{ ref('conversion_credits') }}
    group by lead_id, target

)

select
    conversions.lead_id,
    conversions.target
from {{ ref('conversions') }} as conversions
left join sums
    on
        conversions.lead_id = sums.lead_id
        and conversions.target = sums.target
where
    sums.count_steps is null
    {% for model in credit_models() %}
    or abs(sums.{{ model }} - 1) > 1e-9
    {% endfor %}
union all
select
    '(all)' as lead_id,
    conversions.target
from (select distinct target from {{ ref('conversions') }}) as conversions
left join {{ ref('channel_removals') }} as removals on conversions.target = removals.target
group by conversions.target
having abs(coalesce(sum(removals.credit_rate), 0) - 1) > 1e-9
