-- A reason that several leads share is one of a list; what is written about one lead alone may name the person.
with

shared_reasons as (

    select lower(trim(reason)) as reason
    from {{ ref('conformed_lead_status_history') }}
    where reason is not null
    group by lower(trim(reason))
    having count(distinct lead_source_id) >= {{ var('shared_reason_leads') }}

)

select
    leads.lead_id,
    coalesce(own.stage, usual.stage) as stage,
    -- No stage is entered before the lead is one.
    greatest(history.changed_at, leads.created_at) as entered_at,
    coalesce(shared_reasons.reason, own.reason, case when own.stage is null then usual.reason end) as reason,
    history.status as crm_status
from {{ ref('conformed_lead_status_history') }} as history
-- What a system means by a status of its own; else what most mean by it.
left join {{ ref('crm_statuses') }} as own
    on
        history.source_system = own.system
        and lower(trim(history.status)) = lower(trim(own.status))
left join {{ ref('crm_statuses') }} as usual
    on
        usual.system = 'generic'
        and lower(trim(history.status)) = lower(trim(usual.status))
left join shared_reasons on lower(trim(history.reason)) = shared_reasons.reason
inner join {{ ref('lead_nodes') }} as lead_nodes
    on 'record:' || history.source_system || ':' || history.lead_source_id = lead_nodes.node
inner join {{ ref('resolved_leads') }} as leads on lead_nodes.lead_id = leads.lead_id
where own.stage is not null or usual.stage is not null
