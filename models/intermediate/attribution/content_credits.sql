-- Decimals: their sum is the same in any order.
select
    conversions.conversion_month,
    conversions.target,
    credits.channel,
    coalesce(touchpoints.campaign, '(none)') as campaign,
    coalesce(touchpoints.content, '(none)') as content,
    {% for model in credit_models() %}
    sum(credits.{{ model }}_credit) as {{ model }}_conversions,
    sum(cast(
        cast(credits.{{ model }}_credit as {{ dbt.type_float() }}) * cast(conversions.revenue as {{ dbt.type_float() }})
        as {{ wide_decimal(12) }}
    )) as {{ model }}_revenue,
    {% endfor %}
    count(*) as count_steps
from {{ ref('conversion_credits') }} as credits
inner join {{ ref('conversions') }} as conversions
    on
        credits.lead_id = conversions.lead_id
        and credits.target = conversions.target
left join {{ ref('touchpoints') }} as touchpoints on credits.touch_id = touchpoints.touch_id
group by
    conversions.conversion_month,
    conversions.target,
    credits.channel,
    coalesce(touchpoints.campaign, '(none)'),
    coalesce(touchpoints.content, '(none)')
