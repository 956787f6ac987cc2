select
    'merge-' || merged_into_id as id,
    32 as activity_type_id,
    merged_into_id as lead_id,
    '[' || string_agg(lead_source_id, ',' order by lead_source_id) || ']' as merge_ids,
    max(coalesce(updated_at, created_at)) as activity_date
from leads
where merged_into_id is not null and lead_source_id is not null
group by merged_into_id
