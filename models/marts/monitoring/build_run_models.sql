with

recorded as (

    {{ build_node_records() }}

)

select
    build_id,
    node_name,
    resource_type,
    status,
    count_rows,
    count_failed_rows,
    seconds
from recorded
