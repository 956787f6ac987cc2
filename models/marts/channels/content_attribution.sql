select
    conversion_month,
    channel,
    campaign,
    content,
    target,
    model,
    cast(conversions as double precision) as conversions,
    cast(cast(revenue as decimal(38, 6)) as double precision) as revenue
from {{ ref('attributed_conversions') }}
