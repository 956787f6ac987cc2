-- Which raw rows could not be used, and why?
select
    accounting.source_system,
    accounting.entity,
    accounting.count_raw_rows,
    accounting.count_conformed_rows,
    accounting.count_duplicate_rows,
    accounting.count_unreadable_values,
    quarantined.quarantine_reason,
    sum(quarantined.count_rows) as count_quarantined_rows
from {{ ref('row_accounting') }} as accounting
left join {{ ref('quarantined_rows') }} as quarantined
    on
        accounting.source_system = quarantined.source_system
        and accounting.entity = quarantined.entity
group by
    accounting.source_system, accounting.entity, accounting.count_raw_rows, accounting.count_conformed_rows,
    accounting.count_duplicate_rows, accounting.count_unreadable_values, quarantined.quarantine_reason
order by accounting.source_system, accounting.entity, quarantined.quarantine_reason
