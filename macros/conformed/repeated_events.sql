{#- The rows of events whose id repeats, ranked: the first loaded is kept, and of those the fullest. Few ids repeat, so only their rows go through a
    window; all others pass by (see ranked_events). `events`: a relation of staged rows, or a select in brackets. -#}
{% macro repeated_events(entity, events) %}
with

repeated_ids as (

    select
        source_system,
        event_id
    from {{ events }} as event_ids
    where raw_defect is null
    group by source_system, event_id
    having count(*) > 1

),

repeated_rows as (

    select source_rows.*
    from {{ events }} as source_rows
    inner join repeated_ids
        on
            source_rows.source_system = repeated_ids.source_system
            and source_rows.event_id = repeated_ids.event_id
    where source_rows.raw_defect is null

)

select
    repeated_rows.*,
    row_number() over (
        partition by source_system, event_id
        order by
            loaded_at asc nulls last,
            occurred_at asc,
            -- Of two copies the one that says more: systems write an event into several tables.
            {% for column in contract_columns(entity) %}
            case when {{ column.name }} is null then 1 else 0 end{{ ' +' if not loop.last else ' asc,' }}
            {% endfor %}
            {{ hash_of(contract_columns(entity) | map(attribute='name') | list) }} asc
    ) as key_rank
from repeated_rows
{% endmacro %}

{#- Every staged row of an event entity with its rank among the rows of its id. `repeated` is the relation of its
    repeated_events. -#}
{% macro ranked_events(events, repeated) %}
    select
        all_rows.*,
        1 as key_rank
    from {{ events }} as all_rows
    left join {{ repeated }} as repeated
        on
            all_rows.source_system = repeated.source_system
            and all_rows.event_id = repeated.event_id
            and repeated.key_rank = 1
    where repeated.event_id is null or all_rows.raw_defect is not null
    union all
    select * from {{ repeated }}
{% endmacro %}
