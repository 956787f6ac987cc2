-- What a lead was created with is no change; of rows for one moment one follows the other.
with

created as (

    select
        lead_source_id,
        min(try_cast(created_at as timestamp)) as created_at
    from leads
    group by lead_source_id

),

recorded as (

    select
        lead_source_id,
        1 as field_id,
        'Person Status' as field_name,
        status as value,
        changed_at as recorded_at,
        reason,
        changed_by
    from lead_status_history
    union all
    select
        lead_source_id,
        case attribute
            when 'job_title' then 2
            when 'budget' then 3
            when 'purchase_timeframe' then 4
            when 'product_interest' then 5
            when 'tech_stack' then 6
        end as field_id,
        case attribute
            when 'job_title' then 'Job Title'
            when 'budget' then 'Budget'
            when 'purchase_timeframe' then 'Purchase Timeframe'
            when 'product_interest' then 'Product Interest'
            when 'tech_stack' then 'Tech Stack'
        end as field_name,
        value,
        recorded_at,
        null as reason,
        null as changed_by
    from lead_attributes

),

ordered as (

    select
        steps.*,
        lag(value) over (partition by lead_source_id, field_name order by recorded_at, value) as old_value,
        row_number() over (partition by lead_source_id, field_name order by recorded_at, value) as change_rank
    from (select distinct * from recorded) as steps

),

changes as (

    select
        recorded.*,
        ordered.old_value,
        ordered.change_rank
    from recorded
    left join ordered
        on
            recorded.lead_source_id is not distinct from ordered.lead_source_id
            and recorded.field_name is not distinct from ordered.field_name
            and recorded.value is not distinct from ordered.value
            and recorded.recorded_at is not distinct from ordered.recorded_at
            and recorded.reason is not distinct from ordered.reason
            and recorded.changed_by is not distinct from ordered.changed_by
    left join created on recorded.lead_source_id = created.lead_source_id
    where not coalesce(ordered.change_rank = 1 and recorded.recorded_at = created.created_at, false)

)

select
    md5(concat_ws('|', lead_source_id, field_name, change_rank)) as id,
    13 as activity_type_id,
    lead_source_id as lead_id,
    field_id as primary_attribute_value_id,
    field_name as primary_attribute_value,
    old_value,
    value as new_value,
    changed_by as modifying_user,
    'Manual person edit' as reason,
    'Lead update' as source,
    recorded_at as activity_date
from changes
union all
select
    md5(concat_ws('|', lead_source_id, 'Status Reason', change_rank)) as id,
    13 as activity_type_id,
    lead_source_id as lead_id,
    7 as primary_attribute_value_id,
    'Status Reason' as primary_attribute_value,
    null as old_value,
    reason as new_value,
    changed_by as modifying_user,
    'Manual person edit' as reason,
    'Lead update' as source,
    recorded_at as activity_date
from changes
where reason is not null
