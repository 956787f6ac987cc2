-- Nothing is lost: raw = conformed + duplicate + quarantined, for every table of every source system. The three are counted
-- apart, so that a join that drops or doubles rows shows here. What is quarantined can be looked up.
with

quarantined as (

    select
        source_system,
        entity,
        sum(count_rows) as count_rows
    from {{ ref('quarantined_rows') }}
    group by source_system, entity

)

select
    coalesce(accounting.source_system, quarantined.source_system) as source_system,
    coalesce(accounting.entity, quarantined.entity) as entity,
    accounting.count_raw_rows,
    accounting.count_conformed_rows,
    accounting.count_duplicate_rows,
    accounting.count_quarantined_rows,
    quarantined.count_rows as count_rows_to_look_up
from {{ ref('row_accounting') }} as accounting
full outer join quarantined
    on
        accounting.source_system = quarantined.source_system
        and accounting.entity = quarantined.entity
where
    accounting.entity is null
    or accounting.count_raw_rows
    <> accounting.count_conformed_rows + accounting.count_duplicate_rows + accounting.count_quarantined_rows
    or accounting.count_quarantined_rows <> coalesce(quarantined.count_rows, 0)
    or accounting.count_quarantined_rows
    < accounting.count_bot_rows + accounting.count_unknown_lead_rows + accounting.count_future_rows
