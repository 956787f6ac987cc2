select distinct
    concat_ws(':', 'send', campaign_source_id, step) as id,
    concat_ws(' ', campaign_source_id, step) as name,
    campaign_source_id as program_id,
    'trigger' as type
from message_events
where channel = 'email' and campaign_source_id is not null
