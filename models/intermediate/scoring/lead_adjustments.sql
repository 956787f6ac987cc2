{{ config(materialized='view') }}

select
    lead_nodes.lead_id,
    adjustments.group_id,
    adjustments.points,
    adjustments.recorded_at,
    adjustments.expires_at
from {{ ref('conformed_score_adjustments') }} as adjustments
inner join {{ ref('crm_ids') }} as crm_ids
    on
        adjustments.source_system = crm_ids.naming_system
        and adjustments.lead_source_id = crm_ids.lead_source_id
inner join {{ ref('lead_nodes') }} as lead_nodes on 'record:' || crm_ids.record_id = lead_nodes.node
