{#- A CTE with all that can be reached over any number of links, for a `with recursive`: the rows of `start`, and whatever `links` join
    to a row already there. A circle ends because no row comes twice.

    Args: columns: names of the CTE's columns. start: a select of them. links: a join of the CTE by its name. next: what the columns
    are in the joined row. -#}
{% macro all_reached(name, columns, start, links, next) -%}
    {{ name }} as (

        {{ adapter.dispatch('reached_rows', 'leadhouse')(name, columns, start, links, next) }}

    )
{%- endmacro %}

{% macro default__reached_rows(name, columns, start, links, next) -%}
    {{ start }}
        {{ union_distinct() }}
        select
            {% for column in columns -%}
            {{ next[loop.index0] }} as {{ column }}{{ ',' if not loop.last }}
            {% endfor -%}
        from {{ name }}
        {{ links }}
{%- endmacro %}

{#- Spark has no `union` in a recursion, so a circle is left after so many steps. -#}
{% macro spark__reached_rows(name, columns, start, links, next, steps=20) -%}
    with recursive

        numbered as (

            select
                started.*,
                1 as step_number
            from ({{ start }}) as started
            union all
            select distinct
                {% for column in columns -%}
                {{ next[loop.index0] }} as {{ column }},
                {% endfor -%}
                {{ name }}.step_number + 1 as step_number
            from numbered as {{ name }}
            {{ links }}
            where {{ name }}.step_number < {{ steps }}

        )

        select distinct {{ columns | join(', ') }}
        from numbered
{%- endmacro %}
