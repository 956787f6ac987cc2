select
    lead_source_id as contact_id,
    'hs_lead_status' as name,
    status as value,
    'CRM_UI' as source,
    changed_by as source_id,
    changed_at as "timestamp"
from lead_status_history
union all
select distinct
    lead_source_id as contact_id,
    'lead_status_reason' as name,
    reason as value,
    'CRM_UI' as source,
    changed_by as source_id,
    changed_at as "timestamp"
from lead_status_history
where reason is not null
union all
select
    lead_source_id as contact_id,
    case attribute when 'job_title' then 'jobtitle' else attribute end as name,
    value,
    'FORM' as source,
    null as source_id,
    recorded_at as "timestamp"
from lead_attributes
