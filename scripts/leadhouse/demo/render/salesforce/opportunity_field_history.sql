select distinct
    opportunity_source_id || '-closed' as id,
    opportunity_source_id as opportunity_id,
    'StageName' as field,
    'DynamicEnum' as data_type,
    'Proposal' as old_value,
    stage_name as new_value,
    owner_id as created_by_id,
    false as is_deleted,
    closed_at as created_date
from opportunities
where closed_at is not null and opportunity_source_id is not null
