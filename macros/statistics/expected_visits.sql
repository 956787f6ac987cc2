{#- How often an absorbing Markov chain comes into each of its transient states, by the state it starts in: the
    fundamental matrix N = I + Q + Q^2 + ... = (I - Q)^-1, one row per chain, from_state and to_state.

    `transitions` has chain, from_state, to_state and transition_rate of the moves between transient states (Q);
    `states` has chain and state of each of them.

    The matrix [Q I; 0 I] squared k times holds Q^n and I + Q + ... + Q^(n-1) side by side, n = 2^k, so `squarings`
    times one product sum up that many steps of the chain. Products are summed as decimals of 22 places: in any order
    the sum is the same, and what is too small to matter becomes 0 instead of an underflow.

    J. G. Kemeny and J. L. Snell, Finite Markov Chains, 1960, chapter 3 (the fundamental matrix). -#}
{% macro expected_visits(transitions, states, squarings=24) %}
    {{ return(adapter.dispatch('expected_visits', 'leadhouse')(transitions, states, squarings)) }}
{% endmacro %}

{#- Each power is read three times by the next one, so it must be computed once: an engine that writes a CTE out at each
    place where it is read would need 3^squarings times as long, and wants an implementation of its own. -#}
{% macro default__expected_visits(transitions, states, squarings) %}
    with

    power_0 as materialized (

        select
            chain,
            from_state,
            to_state,
            false as is_summed,
            transition_rate as power_value
        from {{ transitions }}
        union all
        select
            chain,
            state as from_state,
            state as to_state,
            true as is_summed,
            cast(1 as {{ dbt.type_float() }}) as power_value
        from {{ states }}

    ),

    {% for number in range(squarings) %}
    products_{{ number + 1 }} as (

        select
            earlier.chain,
            earlier.from_state,
            later.to_state,
            later.is_summed,
            cast(earlier.power_value * later.power_value as decimal(38, 22)) as product
        from power_{{ number }} as earlier
        inner join power_{{ number }} as later
            on
                earlier.chain = later.chain
                and earlier.to_state = later.from_state
        where not earlier.is_summed
        union all
        select
            chain,
            from_state,
            to_state,
            is_summed,
            cast(power_value as decimal(38, 22)) as product
        from power_{{ number }}
        where is_summed

    ),

    power_{{ number + 1 }} as materialized (

        select
            chain,
            from_state,
            to_state,
            is_summed,
            cast(sum(product) as {{ dbt.type_float() }}) as power_value
        from products_{{ number + 1 }}
        group by chain, from_state, to_state, is_summed
        having sum(product) > 0

    ){{ ',' if not loop.last }}
    {% endfor %}

    select
        chain,
        from_state,
        to_state,
        power_value as expected_visits
    from power_{{ squarings }}
    where is_summed
{% endmacro %}
