-- Messages of every lead. lead_message_events holds only those of changed leads in an incremental build.
with

named as (

    select
        source_system,
        lower(channel) as channel,
        coalesce(message_id, event_id) as message_id,
        lead_source_id,
        recipient,
        min(case when lower(event_type) = 'sent' then occurred_at end) as sent_at,
        min(case when lower(event_type) = 'delivered' then occurred_at end) as delivered_at,
        max(case when lower(event_type) = 'opened' then 1 else 0 end) as is_opened,
        max(case when lower(event_type) = 'bounced' then 1 else 0 end) as is_bounced,
        max(case when lower(event_type) in ('unsubscribed', 'complained') then 1 else 0 end) as is_refused
    from {{ ref('conformed_message_events') }}
    group by source_system, lower(channel), coalesce(message_id, event_id), lead_source_id, recipient

)

select
    addressees.lead_id,
    named.source_system,
    named.channel,
    named.message_id,
    max(case when named.is_bounced = 1 then named.recipient end) as bounced_recipient,
    max(named.is_opened) = 1 as is_opened,
    max(named.is_bounced) = 1 as is_bounced,
    max(named.is_refused) = 1 as is_refused,
    coalesce(min(named.sent_at), min(named.delivered_at)) as sent_at
from named
inner join {{ ref('message_addressees') }} as addressees
    on
        coalesce(named.lead_source_id, '') = coalesce(addressees.lead_source_id, '')
        and coalesce(named.recipient, '') = coalesce(addressees.recipient, '')
        and (named.channel = 'sms') = addressees.is_sms
group by addressees.lead_id, named.source_system, named.channel, named.message_id
