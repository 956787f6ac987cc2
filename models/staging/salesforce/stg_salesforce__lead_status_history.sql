{% set reason = salesforce_field('status_reason') %}

with

-- Copies and earlier states of a lead must not disagree on how it began.
ranked_leads as (

    select
        leads.*,
        {{ reason or null_text() }} as present_reason,
        coalesce(
            {{ salesforce_is_deleted() }} and master_record_id is null and converted_contact_id is null, false
        ) as is_gone,
        row_number() over (
            partition by id
            order by
                case when coalesce(_fivetran_active, true) then 0 else 1 end asc,
                last_modified_date desc nulls last,
                row_hash asc
        ) as recency_rank
    from {{ ref('base_salesforce__lead') }} as leads

),

present_leads as (

    select * from ranked_leads
    where recency_rank = 1 and id is not null

),

changes as (

    select
        history.*,
        lower(replace(history.field, '_', '')) as field_letters,
        -- Salesforce deletes the history of a lead that was merged, but it is the person's all the same.
        (coalesce(history.is_deleted, false) or coalesce(history._fivetran_deleted, false))
        and present_leads.master_record_id is null as is_gone
    from {{ ref('base_salesforce__lead_history') }} as history
    left join present_leads on history.lead_id = present_leads.id

),

status_changes as (

    select
        changes.*,
        row_number() over (partition by lead_id order by created_date, id, row_hash) as change_number,
        row_number() over (partition by lead_id order by created_date desc, id desc, row_hash desc) as recency_rank
    from changes
    where
        field_letters = 'status'
        and not is_gone
        and new_value is not null
        and created_date <= {{ as_of() }}

),

tracking as (

    select count(*) as count_changes
    from status_changes

),

-- A reason holds until it is changed or emptied.
reasons as (

    select
        lead_id,
        new_value as reason,
        created_date as valid_from,
        coalesce(
            lead(created_date) over (partition by lead_id order by created_date, id, row_hash), {{ end_of_time() }}
        ) as valid_to
    from changes
    where field_letters = '{{ salesforce_letters(reason or "") }}' and not is_gone and created_date is not null

),

leads_with_reasons as (

    select lead_id
    from reasons
    group by lead_id

),

-- Tracking does not record the first value: it is what the first change replaced. Where nothing was changed the present one
-- holds from the beginning; where statuses are not tracked at all, it holds from when it was surely there.
beginnings as (

    select
        leads.id,
        leads.row_hash,
        leads.source_file,
        present_leads.created_by_id,
        present_leads.is_gone,
        case when first_changes.lead_id is null then present_leads.status else first_changes.old_value end
            as first_status,
        case
            when first_changes.lead_id is not null then present_leads.created_date
            when present_leads.is_converted and present_leads.converted_date is not null
                then greatest(cast(present_leads.converted_date as timestamp), present_leads.created_date)
            when tracking.count_changes > 0 then present_leads.created_date
            else greatest(coalesce(present_leads.last_modified_date, present_leads.created_date), present_leads.created_date)
        end as began_at,
        case when first_changes.lead_id is null and leads_with_reasons.lead_id is null then present_leads.present_reason end
            as reason
    from {{ ref('base_salesforce__lead') }} as leads
    left join present_leads on leads.id = present_leads.id
    left join status_changes as first_changes
        on
            leads.id = first_changes.lead_id
            and first_changes.change_number = 1
    left join leads_with_reasons on leads.id = leads_with_reasons.lead_id
    cross join tracking

),

entered as (

    select
        changes.*,
        -- A reason that is not tracked is that of the present status.
        case
            when leads_with_reasons.lead_id is not null then reasons.reason
            when last_changes.id is not null then present_leads.present_reason
        end as reason
    from changes
    left join present_leads on changes.lead_id = present_leads.id
    left join leads_with_reasons on changes.lead_id = leads_with_reasons.lead_id
    left join reasons
        on
            changes.lead_id = reasons.lead_id
            and changes.created_date >= reasons.valid_from
            and changes.created_date < reasons.valid_to
    left join status_changes as last_changes
        on
            changes.lead_id = last_changes.lead_id
            and changes.id = last_changes.id
            and changes.row_hash = last_changes.row_hash
            and last_changes.recency_rank = 1

)

{{ contract_rows('lead_status_history', 'salesforce', 'entered', {
    'lead_source_id': 'lead_id', 'status': 'new_value', 'changed_at': 'created_date',
    'reason': 'reason', 'changed_by': 'created_by_id',
}, unused="case when coalesce(field_letters, '') <> 'status' then 'not_a_status_change' "
    ~ "when is_gone then 'deleted_in_source' end") }}
union all
{{ contract_rows('lead_status_history', 'salesforce', 'beginnings', {
    'lead_source_id': 'id', 'status': 'first_status', 'changed_at': 'began_at', 'reason': 'reason',
    'changed_by': 'created_by_id',
}, unused="case when is_gone then 'deleted_in_source' when id is not null and first_status is null then 'no_status' end",
    count_unreadable='0') }}
