select
    'delete-' || lead_source_id as id,
    29 as activity_type_id,
    lead_source_id as lead_id,
    coalesce(updated_at, created_at) as activity_date
from leads
where is_deleted = 'true' and merged_into_id is null
