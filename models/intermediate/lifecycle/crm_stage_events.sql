select
    leads.lead_id,
    statuses.stage,
    -- No stage is entered before the lead is one.
    greatest(history.changed_at, leads.created_at) as entered_at,
    coalesce(history.reason, statuses.reason) as reason,
    history.changed_by,
    history.status as crm_status
from {{ ref('conformed_lead_status_history') }} as history
inner join {{ ref('crm_statuses') }} as statuses
    on
        history.source_system = statuses.system
        and lower(trim(history.status)) = lower(trim(statuses.status))
inner join {{ ref('lead_nodes') }} as lead_nodes
    on 'record:' || history.source_system || ':' || history.lead_source_id = lead_nodes.node
inner join {{ ref('resolved_leads') }} as leads on lead_nodes.lead_id = leads.lead_id
