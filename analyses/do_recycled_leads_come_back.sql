-- Of the leads that sales gave back, how many became an MQL again, and after how many days?
with

recycled as (

    select
        transitions.lead_id,
        transitions.reason,
        transitions.entered_at as recycled_at,
        min(returned.entered_at) as returned_at
    from {{ ref('stage_transitions') }} as transitions
    left join {{ ref('stage_transitions') }} as returned
        on
            transitions.lead_id = returned.lead_id
            and transitions.cycle_number + 1 = returned.cycle_number
            and returned.stage = 'mql'
    where transitions.stage = 'recycled'
    group by transitions.lead_id, transitions.reason, transitions.entered_at

)

select
    reason,
    count(*) as count_recycled,
    count(returned_at) as count_returned,
    {{ rate('count(returned_at)', 'count(*)') }} as return_rate,
    {{ median(days_between('recycled_at', 'returned_at')) }} as median_days
from recycled
group by reason
order by count_recycled desc, reason asc
