-- A meeting that was booked and the meeting itself are one entry in the calendar. Where nothing came after the booking, the
-- meeting lies ahead of the world's end, 2026-06-30.
with

converted as (
    select distinct opportunities.lead_source_id
    from opportunities
    inner join leads on opportunities.lead_source_id = leads.lead_source_id
    where opportunities.account_source_id = leads.account_source_id
),

meetings as (
    select
        *,
        row_number() over (partition by sales_activity_id order by occurred_at) as copy_number
    from sales_activities
    where kind = 'meeting'
),

in_order as (
    select
        *,
        lag(outcome) over (partition by lead_source_id, copy_number order by occurred_at, sales_activity_id) as earlier_outcome,
        lead(outcome) over (partition by lead_source_id, copy_number order by occurred_at, sales_activity_id) as next_outcome,
        lead(occurred_at) over (partition by lead_source_id, copy_number order by occurred_at, sales_activity_id) as next_at
    from meetings
)

select
    meetings.sales_activity_id as id,
    case
        when converted.lead_source_id is not null then meetings.lead_source_id || '-contact'
        else meetings.lead_source_id
    end as who_id,
    coalesce(meetings.owner_id, '00G-unassigned') as owner_id,
    'Meeting' as "type",
    false as is_child,
    false as is_recurrence,
    false as is_deleted,
    meetings.occurred_at as created_date,
    case
        when meetings.outcome <> 'booked' then meetings.occurred_at
        when meetings.next_outcome <> 'booked' then meetings.next_at
        else '2026-07-15 09:00:00'
    end as start_date_time,
    case
        when meetings.outcome <> 'booked' then meetings.outcome
        when meetings.next_outcome <> 'booked' then meetings.next_outcome
    end as meeting_outcome_c
from in_order as meetings
left join converted on meetings.lead_source_id = converted.lead_source_id
where meetings.outcome = 'booked' or meetings.earlier_outcome is distinct from 'booked'
