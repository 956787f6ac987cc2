with

sendings as (
    select
        message_id,
        min(event_id) as sent_by_id,
        min(occurred_at) as sent_by_created
    from message_events
    where event_type = 'sent'
    group by message_id
)

select
    events.event_id as id,
    case events.event_type
        when 'opened' then 'OPEN'
        when 'clicked' then 'CLICK'
        when 'replied' then 'REPLY'
        when 'bounced' then 'BOUNCE'
        when 'unsubscribed' then 'STATUSCHANGE'
        when 'complained' then 'SPAMREPORT'
        else upper(events.event_type)
    end as type,
    events.recipient,
    events.campaign_source_id || coalesce('-' || events.step, '') as email_campaign_id,
    sendings.sent_by_id,
    sendings.sent_by_created,
    false as filtered_event,
    events.occurred_at as created,
    events.loaded_at as _fivetran_synced
from message_events as events
left join sendings on events.message_id = sendings.message_id
-- HubSpot's e-mail events know no text messages.
where events.channel = 'email'
