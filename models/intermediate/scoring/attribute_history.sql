with

recorded as (

    select
        lead_nodes.lead_id,
        lower(trim(attributes.attribute)) as attribute,
        attributes.value,
        -- Nothing about a lead holds before it is one.
        greatest(attributes.recorded_at, leads.created_at) as valid_from,
        attributes.recorded_at,
        attributes.lead_source_id
    from {{ ref('conformed_lead_attributes') }} as attributes
    inner join {{ ref('lead_nodes') }} as lead_nodes
        on 'record:' || attributes.source_system || ':' || attributes.lead_source_id = lead_nodes.node
    inner join {{ of_changed_leads(ref('resolved_leads')) }} as leads on lead_nodes.lead_id = leads.lead_id

),

ranked as (

    select
        recorded.*,
        row_number() over (
            partition by lead_id, attribute, valid_from
            order by recorded_at desc, lead_source_id asc, value asc
        ) as moment_rank
    from recorded

)

select
    lead_id,
    attribute,
    value,
    valid_from
from ranked
where moment_rank = 1
