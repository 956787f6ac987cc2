select
    lead_source_id as merged_lead,
    merged_into_id as into_lead,
    coalesce(updated_at, created_at) as merge_date
from leads
where merged_into_id is not null and lead_source_id is not null
