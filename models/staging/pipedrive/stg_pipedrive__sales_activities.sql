{% set hour, minute = try_number("split_part(due_time, ':', 1)"), try_number("split_part(due_time, ':', 2)") %}
{% set minutes = 'cast(coalesce(' ~ hour ~ ' * 60 + ' ~ minute ~ ', 0) as bigint)' %}

with

deals as (

    select
        id,
        min(person_id) as person_id
    from {{ ref('base_pipedrive__deals') }}
    group by id

),

dated as (

    select
        activities.*,
        coalesce(activities.done, false) as is_done,
        coalesce(activities.person_id, deals.person_id) as lead_source_id,
        case
            when lower(activities.type) in ('call', 'email') then lower(activities.type)
            when lower(activities.type) in ('meeting', 'lunch') then 'meeting'
            when activities.type is not null then 'task'
        end as kind,
        {{ add_time('cast(activities.due_date as timestamp)', minutes, 'minute') }} as due_at
    from {{ ref('base_pipedrive__activities') }} as activities
    left join deals on activities.deal_id = deals.id

),

happened as (

    select
        dated.*,
        case
            when not is_done then add_time
            when kind = 'meeting' then coalesce(due_at, marked_as_done_time)
            else coalesce(marked_as_done_time, due_at)
        end as occurred_at
    from dated

),

-- A meeting that was held was booked before.
bookings as (

    select *
    from dated
    where kind = 'meeting' and is_done and coalesce(active_flag, true)

)

{{ contract_rows('sales_activities', 'pipedrive', 'happened', {
    'sales_activity_id': 'id', 'lead_source_id': 'lead_source_id', 'owner_id': 'user_id', 'kind': 'kind',
    'outcome': "case when kind = 'meeting' then case when is_done then 'held' else 'booked' end end", 'occurred_at': 'occurred_at',
}, unused="case when not active_flag then 'deleted_in_source' when not is_done and kind <> 'meeting' then 'not_done' end") }}
union all
{{ contract_rows('sales_activities', 'pipedrive', 'bookings', {
    'sales_activity_id': "id || ':booked'", 'lead_source_id': 'lead_source_id', 'owner_id': 'user_id', 'kind': 'kind',
    'outcome': "'booked'", 'occurred_at': 'add_time',
}) }}
