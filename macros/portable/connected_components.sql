{#- The connected components of a graph given as a relation of undirected links (node, linked_node): one row per node
    that has a link, with `component` = the smallest node of its component. Chains of any length, cycles included. -#}
{% macro connected_components(links) %}
    {{ return(adapter.dispatch('connected_components', 'leadhouse')(links)) }}
{% endmacro %}

{% macro default__connected_components(links) %}
    with recursive

    both_ways as (

        select node, linked_node from {{ links }}
        {{ union_distinct() }}
        select linked_node, node from {{ links }}

    ),

    -- `union` drops pairs already found, so a cycle ends.
    reached as (

        select node, node as reached_node from both_ways
        {{ union_distinct() }}
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

{#- Spark has no `union` in a recursion, so a cycle would not end. Each node takes the smallest name among its neighbours, and what
    that one has taken: the distance which a name has come doubles with each round, and a round that changes nothing is the last.
    Spark would also write each round out within the next one, so rounds are tables beside the model's. -#}
{% macro spark__connected_components(links) %}
    {% if not execute or flags.WHICH not in ('run', 'build') or model.resource_type != 'model' %}
        {{ return(neighbours_components(links)) }}
    {% endif %}
    {% set both_ways, rounds = beside(this, 'links'), [beside(this, 'round_a'), beside(this, 'round_b')] %}
    {% set state = namespace(is_settled=false, settled=none) %}
    {% do replace_table(both_ways, linked_both_ways(links)) %}
    {% do replace_table(rounds[0], 'select distinct node, node as component from ' ~ both_ways) %}
    {% for number in range(60) if not state.is_settled %}
        {% set earlier, later = rounds[number % 2], rounds[(number + 1) % 2] %}
        {% set round %}
            select
                nearest.node,
                earlier.component
            from ({{ smallest_of_neighbours(both_ways, earlier) }}) as nearest
            inner join {{ earlier }} as earlier on nearest.component = earlier.node
        {% endset %}
        {% do replace_table(later, round) %}
        {% set moved %}
            select count(*)
            from {{ later }} as later
            inner join {{ earlier }} as earlier on later.node = earlier.node and later.component <> earlier.component
        {% endset %}
        {% set state.is_settled, state.settled = run_query(moved).rows[0][0] == 0, later %}
    {% endfor %}
    {{ return('select node, component from ' ~ state.settled) }}
{% endmacro %}

{#- Without tables of its own, as in a unit test: so many steps from node to node. -#}
{% macro neighbours_components(links, steps=6) %}
    with

    both_ways as (

        {{ linked_both_ways(links) }}

    ),

    step_0 as (

        select distinct
            node,
            node as component
        from both_ways

    ),

    {% for number in range(steps) %}
    step_{{ number + 1 }} as (

        {{ smallest_of_neighbours('both_ways', 'step_' ~ number) }}

    ){{ ',' if not loop.last }}
    {% endfor %}

    select
        node,
        component
    from step_{{ steps }}
{% endmacro %}

{#- Every node is its own neighbour too. -#}
{% macro linked_both_ways(links) %}
    select node, linked_node from {{ links }}
    union
    select linked_node, node from {{ links }}
    union
    select node, node from {{ links }}
    union
    select linked_node, linked_node from {{ links }}
{% endmacro %}

{% macro smallest_of_neighbours(both_ways, components) %}
    select
        links.node,
        min(neighbours.component) as component
    from {{ both_ways }} as links
    inner join {{ components }} as neighbours on links.linked_node = neighbours.node
    group by links.node
{% endmacro %}

{#- A table of a model's own, for what it cannot do in one statement. -#}
{% macro beside(relation, name) %}
    {{ return(relation.incorporate(path={'identifier': relation.identifier ~ '__' ~ name}, type='table')) }}
{% endmacro %}
