{#- A recursive CTE with one row for each part of a text that semicolons separate: its row's key as owner_id, and the part. -#}
{% macro split_values(name, relation, key, value) -%}
    {{ name }} as (

        {{ adapter.dispatch('split_rows', 'leadhouse')(name, relation, key, value) }}

    )
{%- endmacro %}

{% macro default__split_rows(name, relation, key, value) -%}
    select
            {{ key }} as owner_id,
            {{ value }} as all_parts,
            1 as place,
            trim(split_part({{ value }}, ';', 1)) as part
        from {{ relation }}
        where {{ value }} is not null
        {{ union_distinct() }}
        select
            owner_id,
            all_parts,
            place + 1 as place,
            trim(split_part(all_parts, ';', place + 1)) as part
        from {{ name }}
        where place <= length(all_parts) - length(replace(all_parts, ';', ''))
{%- endmacro %}

{#- Spark has no `union` in a recursion, but lists. -#}
{% macro spark__split_rows(name, relation, key, value) -%}
    select distinct
            owner_id,
            all_parts,
            place + 1 as place,
            trim(part) as part
        from (
            select
                {{ key }} as owner_id,
                {{ value }} as all_parts,
                posexplode(split({{ value }}, ';')) as (place, part)
            from {{ relation }}
            where {{ value }} is not null
        ) as parts
{%- endmacro %}
