-- Few ids repeat: only their rows go through a window, all others pass by.
with

repeated_ids as (

    select
        source_system,
        event_id
    from ({{ union_systems('web_events', var('web_systems')) }}) as event_ids
    where raw_defect is null
    group by source_system, event_id
    having count(*) > 1

),

repeated_rows as (

    select source_rows.*
    from ({{ union_systems('web_events', var('web_systems')) }}) as source_rows
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
            {{ hash_of(contract_columns('web_events') | map(attribute='name') | list) }} asc
    ) as key_rank
from repeated_rows
