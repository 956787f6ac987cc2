-- What was spent on ads and what was won stand in the channels to the cent. Spend that finds no channel, or a won
-- opportunity that is counted twice, would make a channel look better than it is.
with

sums as (

    select
        'spend' as what,
        (select coalesce(sum(spend), 0) from {{ ref('conformed_ad_spend') }}) as expected,
        (select coalesce(sum(spend), 0) from {{ ref('channel_conversions') }}) as shown
    union all
    select
        'revenue' as what,
        (
            select coalesce(sum(amount), 0)
            from {{ ref('opportunities') }}
            where is_won and lead_id is not null
        ) as expected,
        (select coalesce(sum(revenue), 0) from {{ ref('channel_conversions') }}) as shown

)

select *
from sums
where expected <> shown
