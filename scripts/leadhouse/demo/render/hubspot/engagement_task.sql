select
    sales_activity_id as engagement_id,
    false as _fivetran_deleted,
    case outcome when 'done' then 'COMPLETED' else upper(outcome) end as property_hs_task_status,
    owner_id as property_hubspot_owner_id,
    occurred_at as property_hs_timestamp,
    occurred_at as property_hs_task_completion_date,
    occurred_at as property_hs_createdate
from sales_activities
where kind = 'task'
