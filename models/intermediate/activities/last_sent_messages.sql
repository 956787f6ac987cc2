-- Each addressee's last message first: leads are looked up for these alone.
with

sent as (

    select
        lead_source_id,
        recipient,
        lower(channel) = 'sms' as is_sms,
        max(occurred_at) as last_sent_at
    from {{ ref('conformed_message_events') }}
    where lower(event_type) in ('sent', 'delivered')
    group by lead_source_id, recipient, lower(channel) = 'sms'

)

select
    addressees.lead_id,
    max(sent.last_sent_at) as last_sent_at
from sent
inner join {{ ref('message_addressees') }} as addressees
    on
        coalesce(sent.lead_source_id, '') = coalesce(addressees.lead_source_id, '')
        and coalesce(sent.recipient, '') = coalesce(addressees.recipient, '')
        and sent.is_sms = addressees.is_sms
group by addressees.lead_id
