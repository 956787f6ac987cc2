-- Every model divides the same conversions, revenue and spend, and loses none: as many as there are leads that reached the
-- target, the amounts that these won first to the cent, and all that was spent.
{% set models = credit_models() + ['markov'] %}
with

reached as (

    {% for target in attribution_targets() %}
    select
        '{{ target }}' as target,
        sum(case when is_{{ target }} then 1 else 0 end) as count_reached
    from {{ ref('lead_stages') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

models as (

    {% for model in models %}
    select '{{ model }}' as model
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

totals as (

    select
        coalesce(sum(case when opportunities.win_number = 1 then opportunities.amount end), 0) as revenue,
        (select coalesce(sum(spend), 0) from {{ ref('conformed_ad_spend') }}) as spend
    from {{ ref('opportunities') }} as opportunities
    inner join {{ ref('lead_stages') }} as stages
        on
            opportunities.lead_id = stages.lead_id
            and stages.is_customer

),

expected as (

    select
        reached.target,
        models.model,
        coalesce(reached.count_reached, 0) as count_reached,
        case when reached.target = 'customer' then totals.revenue else 0 end as revenue,
        totals.spend
    from reached
    cross join models
    cross join totals

),

by_channel as (

    select
        target,
        model,
        sum(conversions) as conversions,
        sum(revenue) as revenue,
        sum(spend) as spend
    from {{ ref('channel_attribution') }}
    group by target, model

),

by_content as (

    select
        target,
        model,
        sum(conversions) as conversions,
        sum(revenue) as revenue
    from {{ ref('content_attribution') }}
    group by target, model

)

select
    expected.target,
    expected.model,
    expected.count_reached,
    by_channel.conversions as conversions_by_channel,
    by_content.conversions as conversions_by_content
from expected
left join by_channel
    on
        expected.target = by_channel.target
        and expected.model = by_channel.model
left join by_content
    on
        expected.target = by_content.target
        and expected.model = by_content.model
where
    abs(expected.count_reached - coalesce(by_channel.conversions, 0)) > 1e-6
    or abs(expected.count_reached - coalesce(by_content.conversions, 0)) > 1e-6
    or abs(expected.revenue - coalesce(by_channel.revenue, 0)) >= 0.005
    or abs(expected.revenue - coalesce(by_content.revenue, 0)) >= 0.005
    or expected.spend <> coalesce(by_channel.spend, 0)
