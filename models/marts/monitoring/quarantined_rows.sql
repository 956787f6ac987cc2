with

rows_of_sources as (

    select * from {{ ref('accounted_rows') }}

)

select
    source_system,
    entity,
    quarantine_reason,
    row_key,
    count(*) as count_rows
from rows_of_sources
where row_outcome = 'quarantined'
group by source_system, entity, quarantine_reason, row_key
