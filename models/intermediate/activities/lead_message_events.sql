select
    messages.source_system,
    messages.event_id,
    coalesce(messages.message_id, messages.event_id) as message_id,
    addressees.lead_id,
    messages.recipient,
    lower(messages.channel) as channel,
    messages.campaign_source_id,
    messages.sequence_name,
    messages.step,
    lower(messages.event_type) as event_type,
    lower(messages.channel) || '_' || lower(messages.event_type) as channel_event,
    messages.occurred_at,
    greatest(messages.occurred_at, leads.created_at) as known_at
from {{ ref('conformed_message_events') }} as messages
inner join {{ of_changed_leads(ref('message_addressees')) }} as addressees
    on
        messages.source_system = addressees.source_system
        and coalesce(messages.lead_source_id, '') = coalesce(addressees.lead_source_id, '')
        and coalesce(messages.recipient, '') = coalesce(addressees.recipient, '')
        and (lower(messages.channel) = 'sms') = addressees.is_sms
inner join {{ ref('resolved_leads') }} as leads on addressees.lead_id = leads.lead_id
