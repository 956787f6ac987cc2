select
    {{ month_of('spend.spend_date') }} as spend_month,
    channels.channel,
    coalesce({{ without_addresses('spend.campaign') }}, '(none)') as campaign,
    sum(spend.spend) as spend
from {{ ref('spend_sources') }} as spend
inner join {{ ref('traffic_channels') }} as channels
    on {{ hash_of(['spend.source', 'spend.medium', 'spend.campaign']) }} = channels.traffic_id
group by
    {{ month_of('spend.spend_date') }},
    channels.channel,
    coalesce({{ without_addresses('spend.campaign') }}, '(none)')
