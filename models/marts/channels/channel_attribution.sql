with

credited as (

    select
        conversion_month,
        channel,
        campaign,
        target,
        model,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from {{ ref('attributed_conversions') }}
    group by conversion_month, channel, campaign, target, model

),

-- Each target and model is set against all that was spent.
spent as (

    {% for target in attribution_targets() %}
    {% set outer = loop %}
    {% for model in credit_models() + ['markov'] %}
    select
        spend_month,
        channel,
        campaign,
        '{{ target }}' as target,
        '{{ model }}' as model,
        spend
    from {{ ref('campaign_spend') }}
    {% if not (outer.last and loop.last) %}union all{% endif %}
    {% endfor %}
    {% endfor %}

),

joined as (

    select
        coalesce(credited.conversion_month, spent.spend_month) as conversion_month,
        coalesce(credited.channel, spent.channel) as channel,
        coalesce(credited.campaign, spent.campaign) as campaign,
        coalesce(credited.target, spent.target) as target,
        coalesce(credited.model, spent.model) as model,
        coalesce(cast(credited.conversions as {{ dbt.type_float() }}), 0) as conversions,
        cast(cast(credited.revenue as {{ wide_decimal(6) }}) as {{ dbt.type_float() }}) as revenue,
        coalesce(spent.spend, 0) as spend,
        spent.spend is not null as has_spend
    from credited
    full outer join spent
        on
            credited.conversion_month = spent.spend_month
            and credited.channel = spent.channel
            and credited.campaign = spent.campaign
            and credited.target = spent.target
            and credited.model = spent.model

),

-- Only a customer brings money: nothing is unknown there, and 0 elsewhere would look like a loss.
valued as (

    select
        joined.*,
        case when target = 'customer' then coalesce(revenue, 0) end as target_revenue
    from joined

)

select
    conversion_month,
    channel,
    campaign,
    target,
    model,
    conversions,
    target_revenue as revenue,
    cast(spend as decimal(18, 2)) as spend,
    case when has_spend then cast(spend as {{ dbt.type_float() }}) / nullif(conversions, 0) end as cost_per_conversion,
    case when has_spend then target_revenue / nullif(cast(spend as {{ dbt.type_float() }}), 0) end as return_on_ad_spend,
    has_spend
from valued
