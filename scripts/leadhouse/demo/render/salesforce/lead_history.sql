-- Field history tracking: every change after the creation, with what it replaced. What a record was created with is in no row.
with

present as (
    select
        lead_source_id,
        min(try_cast(created_at as timestamp)) as created_at,
        any_value(status) as status,
        any_value(account_source_id) as account_source_id,
        any_value(try_cast(updated_at as timestamp)) as updated_at
    from leads
    where lead_source_id is not null
    group by lead_source_id
),

statuses as (
    select
        *,
        row_number() over (partition by lead_source_id, status, changed_at) as copy_number,
        lead_source_id in (select lead_source_id from present) and status is not null and changed_at < timestamp '2026-07-01'
            as is_sound
    from lead_status_history
),

in_order as (
    select
        statuses.*,
        lag(status) over (partition by lead_source_id, copy_number, is_sound order by changed_at) as earlier_status,
        lag(reason) over (partition by lead_source_id, copy_number, is_sound order by changed_at) as earlier_reason
    from statuses
),

-- A copy of a change replaced what the change did.
changes as (
    select
        in_order.* exclude (earlier_status, earlier_reason),
        firsts.earlier_status,
        firsts.earlier_reason,
        present.created_at
    from in_order
    left join in_order as firsts
        on
            in_order.lead_source_id = firsts.lead_source_id
            and in_order.status = firsts.status
            and in_order.changed_at = firsts.changed_at
            and firsts.copy_number = 1
    left join present on in_order.lead_source_id = present.lead_source_id
),

attributes as (
    select
        attributes.*,
        present.created_at,
        lag(attributes.value) over (
            partition by attributes.lead_source_id, attributes.attribute order by attributes.recorded_at
        ) as earlier_value
    from lead_attributes as attributes
    left join present on attributes.lead_source_id = present.lead_source_id
)

select
    lead_source_id || '-status-' || strftime(changed_at, '%Y%m%d%H%M%S%g') as id,
    lead_source_id as lead_id,
    'Status' as field,
    'DynamicEnum' as data_type,
    case when is_sound then coalesce(earlier_status, 'new') end as old_value,
    status as new_value,
    changed_by as created_by_id,
    false as is_deleted,
    changed_at as created_date
from changes
where changed_at is distinct from created_at
union all
select
    lead_source_id || '-reason-' || strftime(changed_at, '%Y%m%d%H%M%S%g') as id,
    lead_source_id as lead_id,
    'Rejection_Reason__c' as field,
    'DynamicEnum' as data_type,
    earlier_reason as old_value,
    reason as new_value,
    changed_by as created_by_id,
    false as is_deleted,
    changed_at as created_date
from changes
where is_sound and copy_number = 1 and reason is distinct from earlier_reason
union all
select
    lead_source_id || '-' || coalesce(attribute, 'none') || '-' || coalesce(strftime(recorded_at, '%Y%m%d%H%M%S%g'), 'none') as id,
    lead_source_id as lead_id,
    case
        when attribute = 'job_title' then 'Title'
        else attribute || '__c'
    end as field,
    'Text' as data_type,
    earlier_value as old_value,
    value as new_value,
    cast(null as varchar) as created_by_id,
    false as is_deleted,
    recorded_at as created_date
from attributes
where recorded_at is distinct from created_at
union all
select
    present.lead_source_id || '-converted' as id,
    present.lead_source_id as lead_id,
    'leadConverted' as field,
    'Text' as data_type,
    cast(null as varchar) as old_value,
    cast(null as varchar) as new_value,
    cast(null as varchar) as created_by_id,
    false as is_deleted,
    present.updated_at as created_date
from present
where exists (
    select 1
    from opportunities
    where
        opportunities.lead_source_id = present.lead_source_id
        and opportunities.account_source_id = present.account_source_id
)
