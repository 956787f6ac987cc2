select
    opportunity_source_id as deal_id,
    lower(replace(stage_name, ' ', '')) as value,
    coalesce(closed_at, created_at) as date_entered
from opportunities
where stage_name is not null
