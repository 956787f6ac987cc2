{{ config(materialized='view') }}

-- When a lead bought, and when sales called it qualified.
select
    leads.lead_id,
    leads.created_at,
    times.customer_at,
    opinions.sql_at_by_crm
from {{ ref('resolved_leads') }} as leads
left join {{ ref('first_stage_times') }} as times on leads.lead_id = times.lead_id
left join {{ ref('first_stage_opinions') }} as opinions on leads.lead_id = opinions.lead_id
