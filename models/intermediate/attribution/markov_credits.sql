with

months as (

    select
        target,
        conversion_month,
        count(*) as count_conversions,
        sum(revenue) as revenue
    from {{ ref('conversions') }}
    group by target, conversion_month

),

contents as (

    select
        target,
        channel,
        campaign,
        content,
        sum(count_steps) as count_steps
    from {{ ref('content_credits') }}
    group by target, channel, campaign, content

),

-- A channel may be worth something for what it leads to, though no path with it has converted: it has no campaign then.
shares as (

    select
        removals.target,
        removals.channel,
        coalesce(contents.campaign, '(none)') as campaign,
        coalesce(contents.content, '(none)') as content,
        removals.credit_rate
        * coalesce({{ rate(
            'contents.count_steps', 'sum(contents.count_steps) over (partition by removals.target, removals.channel)'
        ) }}, 1) as credit_rate
    from {{ ref('channel_removals') }} as removals
    left join contents
        on
            removals.target = contents.target
            and removals.channel = contents.channel

)

-- The chain knows what a channel is worth, not which conversion it brought: every month is divided alike.
select
    months.conversion_month,
    months.target,
    shares.channel,
    shares.campaign,
    shares.content,
    cast(months.count_conversions * shares.credit_rate as {{ wide_decimal(15) }}) as conversions,
    cast(cast(months.revenue as {{ dbt.type_float() }}) * shares.credit_rate as {{ wide_decimal(12) }}) as revenue
from months
inner join shares on months.target = shares.target
