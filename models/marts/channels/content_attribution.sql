select
    conversion_month,
    channel,
    campaign,
    content,
    target,
    model,
    cast(conversions as {{ dbt.type_float() }}) as conversions,
    cast(cast(revenue as {{ wide_decimal(6) }}) as {{ dbt.type_float() }}) as revenue
from {{ ref('attributed_conversions') }}
