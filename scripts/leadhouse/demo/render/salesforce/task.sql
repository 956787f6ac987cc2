-- Calls, e-mails and to-dos that are done. Every task has a kind: a row without one cannot be told.
with

converted as (
    select distinct opportunities.lead_source_id
    from opportunities
    inner join leads on opportunities.lead_source_id = leads.lead_source_id
    where opportunities.account_source_id = leads.account_source_id
)

select
    activities.sales_activity_id as id,
    -- Converting a lead gives its activities to the contact.
    case
        when converted.lead_source_id is not null then activities.lead_source_id || '-contact'
        else activities.lead_source_id
    end as who_id,
    case activities.kind when 'call' then 'Call' when 'email' then 'Email' else 'Other' end as "type",
    case activities.kind when 'call' then 'Call' when 'email' then 'Email' else 'Task' end as task_subtype,
    'Completed' as status,
    case
        when activities.kind = 'call' then upper(left(activities.direction, 1)) || substr(activities.direction, 2)
    end as call_type,
    case when activities.kind = 'call' then activities.outcome end as call_disposition,
    coalesce(activities.owner_id, '00G-unassigned') as owner_id,
    true as is_closed,
    false as is_recurrence,
    false as is_deleted,
    cast(try_cast(activities.occurred_at as timestamp) as date) as activity_date,
    activities.occurred_at as created_date,
    activities.occurred_at as completed_date_time
from sales_activities as activities
left join converted on activities.lead_source_id = converted.lead_source_id
where activities.kind <> 'meeting'
