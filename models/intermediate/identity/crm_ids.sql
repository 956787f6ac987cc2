{{ config(materialized='view') }}

-- Two CRMs may use the same id for two people. What a system says of an id of its own is about its own record; what another
-- one says of it can be told only when one CRM alone has the id.
with

ids as (

    select
        source_system,
        lead_source_id,
        min(record_id) as record_id,
        min(created_at) as created_at,
        count(*) over (partition by lead_source_id) as count_systems
    from {{ ref('crm_records') }}
    group by source_system, lead_source_id

),

naming_systems as (

    {% set systems = systems_with('web_events') + systems_with('message_events') + systems_with('score_adjustments') %}
    {% for system in systems | unique %}
    select '{{ system }}' as naming_system
    {% if not loop.last %}union all{% endif %}
    {% else %}
    select 'none' as naming_system
    {% endfor %}

)

select
    naming_systems.naming_system,
    ids.lead_source_id,
    ids.record_id,
    ids.created_at
from ids
inner join naming_systems
    on
        naming_systems.naming_system = ids.source_system
        or ids.count_systems = 1
