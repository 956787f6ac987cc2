-- Will this month reach its targets, which ones are behind, and did the last months?
select
    month,
    channel,
    stage,
    target,
    actual,
    missing,
    pace,
    projected,
    case
        when is_reached then 'reached'
        when is_over then 'missed'
        when pace is null then 'to come'
        when pace >= 1 then 'on course'
        else 'behind'
    end as state
from {{ ref('funnel_targets') }}
order by month, channel, stage
