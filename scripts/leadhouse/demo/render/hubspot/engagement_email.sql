select
    sales_activity_id as engagement_id,
    false as _fivetran_deleted,
    case direction when 'inbound' then 'INCOMING_EMAIL' else 'EMAIL' end as property_hs_email_direction,
    upper(outcome) as property_hs_email_status,
    owner_id as property_hubspot_owner_id,
    occurred_at as property_hs_timestamp,
    occurred_at as property_hs_createdate
from sales_activities
where kind = 'email'
