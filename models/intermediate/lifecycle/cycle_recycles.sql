{{ config(materialized='view') }}

{% if var('mql_expiry_days') %}
-- Any lead may be recycled by the passing of time.
select
    lead_id,
    cast(null as timestamp) as recycled_at
from {{ ref('resolved_leads') }}
union all
{% endif %}
select
    events.lead_id,
    events.entered_at as recycled_at
from {{ ref('crm_stage_events') }} as events
inner join {{ ref('resolved_leads') }} as leads on events.lead_id = leads.lead_id
where events.stage = 'recycled' and events.entered_at > leads.created_at
