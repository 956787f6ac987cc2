select
    opportunity_source_id as deal_id,
    false as is_deleted,
    'default' as deal_pipeline_id,
    lower(replace(stage_name, ' ', '')) as deal_pipeline_stage_id,
    owner_id,
    replace(opportunity_type, ' ', '') as property_dealtype,
    amount as property_amount,
    created_at as property_createdate,
    -- Of an open deal it is when sales expects to close it.
    coalesce(closed_at, created_at + interval 60 day) as property_closedate
from opportunities
