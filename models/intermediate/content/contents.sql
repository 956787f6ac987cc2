-- A number for each content, so that millions of rows carry it and not the text.
with

raw_contents as (

    select distinct
        activities.content_name as raw_content_name,
        activities.activity_type
    from {{ ref('lead_activities') }} as activities
    inner join {{ ref('activity_types') }} as types on activities.activity_type = types.activity_type
    where activities.content_name is not null and types.is_inbound

),

cleaned as (

    select
        raw_contents.*,
        {{ without_addresses('raw_content_name') }} as content_name
    from raw_contents

)

select
    raw_content_name,
    activity_type,
    content_name,
    dense_rank() over (order by activity_type, content_name) as content_number
from cleaned
