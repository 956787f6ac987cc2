{{ config(materialized='view') }}

-- What nothing is known to have brought is credited to nobody, and not lost.
select
    conversions.lead_id,
    conversions.target,
    touchpoints.touch_id,
    coalesce(touchpoints.channel, 'Unassigned') as channel,
    coalesce(touchpoints.touched_at, conversions.converted_at) as touched_at
from {{ ref('conversions') }} as conversions
left join {{ ref('touchpoints') }} as touchpoints
    on
        conversions.lead_id = touchpoints.lead_id
        and conversions.converted_at >= touchpoints.touched_at
        and touchpoints.touched_at
        > {{ add_time('conversions.converted_at', '-' ~ positive_days('attribution_lookback_days'), 'day') }}
        and {{ is_attributed('touchpoints.channel') }}
