select distinct
    event_id as id,
    'UNSUBSCRIBED' as portal_subscription_status,
    'SOURCE_RECIPIENT' as source,
    '[]' as subscriptions
from message_events
where channel = 'email' and event_type = 'unsubscribed'
