with

touches as (

    select * from {{ ref('conversion_touches') }}

),

{{ path_steps('touches', ['lead_id', 'target']) }}

select
    lead_id,
    target,
    touch_id,
    channel,
    previous_channel,
    position,
    count_steps,
    started_at,
    touched_at
from steps
