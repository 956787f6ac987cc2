select
    merged_into_id as canonical_vid,
    merged_into_id as contact_id,
    lead_source_id as vid_to_merge,
    updated_at as "timestamp"
from leads
where merged_into_id is not null and right(lead_source_id, 1) in ('1', '3', '5', 't')
