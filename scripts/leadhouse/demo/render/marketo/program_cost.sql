select
    1 as index,
    campaign_source_id as program_id,
    max(cost) as cost,
    max(started_at) as start_date
from campaigns
where cost is not null and campaign_source_id is not null
group by campaign_source_id
