-- Whom messages were sent to, each way of naming somebody once. A phone number that several people share names none.
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

addressees as (

    select
        source_system,
        lead_source_id,
        recipient,
        lower(channel) = 'sms' as is_sms,
        {{ sum_of_fingerprints(row_fingerprint([
            "'message'", 'source_system', 'event_id', 'message_id', 'channel', 'campaign_source_id', 'sequence_name', 'step',
            'event_type', 'occurred_at', 'recipient'
        ])) }} as fingerprint
    from {{ ref('conformed_message_events') }}
    group by source_system, lead_source_id, recipient, lower(channel) = 'sms'

)

select
    coalesce(by_id.lead_id, by_email.lead_id, phones.lead_id) as lead_id,
    addressees.source_system,
    addressees.lead_source_id,
    addressees.recipient,
    addressees.is_sms,
    addressees.fingerprint
from addressees
left join {{ ref('crm_ids') }} as crm_ids
    on
        addressees.lead_source_id = crm_ids.lead_source_id
        and addressees.source_system = crm_ids.naming_system
left join {{ ref('lead_nodes') }} as by_id on 'record:' || crm_ids.record_id = by_id.node
left join {{ ref('known_emails') }} as known_emails
    on
        {{ normalise_email('addressees.recipient') }} = known_emails.email
        and not known_emails.is_shared
left join {{ ref('lead_nodes') }} as by_email on 'email:' || known_emails.email = by_email.node
left join phones on {{ phone_digits("case when addressees.is_sms then addressees.recipient end") }} = phones.phone
where coalesce(by_id.lead_id, by_email.lead_id, phones.lead_id) is not null
