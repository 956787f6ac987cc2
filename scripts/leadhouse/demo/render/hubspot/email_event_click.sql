select distinct
    event_id as id,
    url
from message_events
where channel = 'email' and event_type = 'clicked'
