select distinct
    opportunity_source_id as deal_id,
    lead_source_id as contact_id,
    3 as type_id,
    'HUBSPOT_DEFINED' as category
from opportunities
where lead_source_id is not null
