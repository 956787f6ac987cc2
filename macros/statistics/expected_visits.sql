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
            cast(earlier.power_value * later.power_value as {{ wide_decimal(22) }}) as product
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
            cast(power_value as {{ wide_decimal(22) }}) as product
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

{#- Spark writes a CTE out at each place where it is read, but has lists: each chain's [I - Q, I] is one value, a list of rows, and
    Gauss and Jordan's elimination makes [I, N] of it. I - Q needs no pivoting, for no row of Q sums to more than 1. -#}
{% macro spark__expected_visits(transitions, states, squarings) %}
    with

    places as (

        select
            chain,
            state,
            cast(row_number() over (partition by chain order by state) - 1 as int) as place,
            cast(count(*) over (partition by chain) as int) as count_states
        from {{ states }}

    ),

    cells as (

        select
            from_places.chain,
            from_places.place as row_place,
            from_places.count_states,
            to_places.place as column_place,
            case when from_places.place = to_places.place then 1 else 0 end
            - coalesce(transitions.transition_rate, 0) as cell
        from places as from_places
        inner join places as to_places on from_places.chain = to_places.chain
        left join {{ transitions }} as transitions
            on
                from_places.chain = transitions.chain
                and from_places.state = transitions.from_state
                and to_places.state = transitions.to_state

    ),

    matrix_rows as (

        select
            chain,
            row_place,
            concat(
                transform(array_sort(collect_list(struct(column_place, cell))), part -> part.cell),
                transform(sequence(0, count_states - 1), place -> if(place = row_place, 1d, 0d))
            ) as row_cells
        from cells
        group by chain, row_place, count_states

    ),

    matrices as (

        select
            chain,
            transform(array_sort(collect_list(struct(row_place, row_cells))), part -> part.row_cells) as matrix
        from matrix_rows
        group by chain

    ),

    solved as (

        select
            chain,
            aggregate(
                sequence(0, size(matrix) - 1),
                matrix,
                (present, pivot) -> transform(present, (row_cells, place) -> zip_with(
                    row_cells,
                    present[pivot],
                    (cell, pivot_cell) -> case
                        when place = pivot then cell / row_cells[pivot]
                        else cell - row_cells[pivot] * pivot_cell / present[pivot][pivot]
                    end
                ))
            ) as matrix
        from matrices

    ),

    visits as (

        select
            from_places.chain,
            from_places.state as from_state,
            to_places.state as to_state,
            solved.matrix[from_places.place][from_places.count_states + to_places.place] as expected_visits
        from solved
        inner join places as from_places on solved.chain = from_places.chain
        inner join places as to_places on solved.chain = to_places.chain

    )

    select
        chain,
        from_state,
        to_state,
        expected_visits
    from visits
    where cast(expected_visits as decimal(38, 22)) > 0
{% endmacro %}
