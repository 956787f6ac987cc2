select
    campaign_source_id as id,
    false as is_deleted,
    name,
    kind as "type",
    cast(started_at as date) as start_date,
    cast(ended_at as date) as end_date,
    cast(cost as double) as budgeted_cost,
    cast(null as double) as actual_cost
from campaigns
