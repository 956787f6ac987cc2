-- A meeting that was booked and then held or missed is one engagement, whose outcome has changed. What was only booked is a
-- week ahead.
with

meetings as (
    select
        *,
        lag(case when outcome = 'booked' then occurred_at end) over of_the_lead as last_booked_at,
        lead(outcome) over of_the_lead as next_outcome
    from sales_activities
    where kind = 'meeting'
    window of_the_lead as (partition by lead_source_id, owner_id order by occurred_at, sales_activity_id)
)

select
    sales_activity_id as engagement_id,
    false as _fivetran_deleted,
    case outcome
        when 'booked' then 'SCHEDULED'
        when 'held' then 'COMPLETED'
        when 'cancelled' then 'CANCELED'
        else upper(outcome)
    end as property_hs_meeting_outcome,
    owner_id as property_hubspot_owner_id,
    case when outcome = 'booked' then cast(cast(occurred_at as timestamp) + interval 7 day as varchar) else occurred_at end
        as property_hs_meeting_start_time,
    case when outcome = 'booked' then cast(cast(occurred_at as timestamp) + interval 7 day as varchar) else occurred_at end
        as property_hs_timestamp,
    coalesce(last_booked_at, occurred_at) as property_hs_createdate,
    occurred_at as property_hs_lastmodifieddate
from meetings
where outcome <> 'booked' or next_outcome is null or next_outcome = 'booked'
