select distinct
    concat_ws(':', 'email', campaign_source_id, step) as id,
    coalesce(sequence_name || '.Email ' || step, 'Single e-mail') as name,
    campaign_source_id as program_id,
    timestamp '2025-01-01' as updated_at
from message_events
where channel = 'email'
