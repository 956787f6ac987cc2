with

components as (

    {{ connected_components(ref('person_links')) }}

),

-- An address that only the CRM has is no person of its own, but names the lead to whoever writes to it.
grouped as (

    select
        coalesce(nodes.node, components.node) as node,
        nodes.known_from,
        nodes.stable_name,
        coalesce(components.component, nodes.node) as component
    from {{ ref('person_nodes') }} as nodes
    full outer join components on nodes.node = components.node

),

-- The first known node names the lead: what is found out later does not change the id.
named as (

    select
        component,
        stable_name,
        row_number() over (partition by component order by known_from, stable_name) as name_rank
    from grouped
    where stable_name is not null

)

select
    grouped.node,
    {{ hash_of(['named.stable_name']) }} as lead_id
from grouped
inner join named on grouped.component = named.component and named.name_rank = 1
