select distinct
    opportunity_source_id || '-role' as id,
    opportunity_source_id as opportunity_id,
    lead_source_id || '-contact' as contact_id,
    'Decision Maker' as "role",
    true as is_primary,
    false as is_deleted,
    created_at as created_date
from opportunities
where opportunity_source_id is not null and lead_source_id is not null
