with

recorded as (

    {{ build_records() }}

)

select
    build_id,
    published_build_id,
    resumed_build_id,
    leadhouse_version,
    criteria_hash,
    status,
    selection,
    rebuild_reason,
    build_number,
    count_models,
    count_tests,
    count_failed,
    count_warnings,
    count_rows,
    seconds,
    peak_memory_mb,
    is_full_refresh,
    as_of,
    started_at,
    finished_at
from recorded
-- A last line that was torn off reads as a row of nulls.
where build_id is not null
