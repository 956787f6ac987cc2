-- A phone number that several people share names none of them.
with

phones as (

    select
        {{ phone_digits('crm_records.phone') }} as phone,
        min(lead_nodes.lead_id) as lead_id
    from {{ ref('crm_records') }} as crm_records
    inner join {{ ref('lead_nodes') }} as lead_nodes on 'record:' || crm_records.record_id = lead_nodes.node
    where crm_records.phone is not null
    group by {{ phone_digits('crm_records.phone') }}
    having count(distinct lead_nodes.lead_id) = 1

),

crm_ids as (

    select
        lead_source_id,
        min('record:' || record_id) as node
    from {{ ref('crm_records') }}
    group by lead_source_id

),

resolved as (

    select
        messages.source_system,
        messages.event_id,
        coalesce(messages.message_id, messages.event_id) as message_id,
        messages.channel,
        messages.campaign_source_id,
        messages.sequence_name,
        messages.step,
        messages.event_type,
        messages.occurred_at,
        coalesce(by_id.lead_id, by_email.lead_id, phones.lead_id) as lead_id
    from {{ ref('conformed_message_events') }} as messages
    left join crm_ids on messages.lead_source_id = crm_ids.lead_source_id
    left join {{ ref('lead_nodes') }} as by_id on crm_ids.node = by_id.node
    left join {{ ref('known_emails') }} as known_emails
        on
            {{ normalise_email('messages.recipient') }} = known_emails.email
            and not known_emails.is_shared
    left join {{ ref('lead_nodes') }} as by_email on 'email:' || known_emails.email = by_email.node
    left join phones
        on {{ phone_digits("case when lower(messages.channel) = 'sms' then messages.recipient end") }} = phones.phone

)

select
    resolved.source_system,
    resolved.event_id,
    resolved.message_id,
    resolved.lead_id,
    lower(resolved.channel) as channel,
    resolved.campaign_source_id,
    resolved.sequence_name,
    resolved.step,
    lower(resolved.event_type) as event_type,
    lower(resolved.channel) || '_' || lower(resolved.event_type) as channel_event,
    resolved.occurred_at,
    greatest(resolved.occurred_at, leads.created_at) as known_at
from resolved
inner join {{ ref('resolved_leads') }} as leads on resolved.lead_id = leads.lead_id
