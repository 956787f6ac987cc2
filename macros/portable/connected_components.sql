{#- The connected components of a graph given as a relation of undirected links (node, linked_node): one row per node
    that has a link, with `component` = the smallest node of its component. Chains of any length, cycles included. -#}
{% macro connected_components(links) %}
    {{ return(adapter.dispatch('connected_components', 'leadhouse')(links)) }}
{% endmacro %}

{% macro default__connected_components(links) %}
    with recursive

    both_ways as (

        select node, linked_node from {{ links }}
        union
        select linked_node, node from {{ links }}

    ),

    -- `union` drops pairs already found, so a cycle ends.
    reached as (

        select node, node as reached_node from both_ways
        union
        select both_ways.linked_node, reached.reached_node
        from reached
        inner join both_ways on reached.node = both_ways.node

    )

    select
        node,
        min(reached_node) as component
    from reached
    group by node
{% endmacro %}
