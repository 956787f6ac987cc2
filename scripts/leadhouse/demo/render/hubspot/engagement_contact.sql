select distinct
    sales_activity_id as engagement_id,
    lead_source_id as contact_id,
    'HUBSPOT_DEFINED' as category
from sales_activities
where kind is not null
