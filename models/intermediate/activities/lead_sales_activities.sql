select
    sales.source_system,
    sales.sales_activity_id,
    leads.lead_id,
    sales.owner_id,
    lower(sales.kind) as kind,
    lower(sales.direction) as direction,
    lower(sales.outcome) as outcome,
    lower(sales.kind) || coalesce('_' || lower(sales.outcome), '') as kind_outcome,
    sales.occurred_at,
    greatest(sales.occurred_at, leads.created_at) as known_at
from {{ ref('conformed_sales_activities') }} as sales
inner join {{ ref('lead_nodes') }} as lead_nodes
    on 'record:' || sales.source_system || ':' || sales.lead_source_id = lead_nodes.node
inner join {{ ref('resolved_leads') }} as leads on lead_nodes.lead_id = leads.lead_id
