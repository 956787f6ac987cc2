select
    lead_id,
    sequence_name,
    sequence_step,
    channel,
    {{ message_counts() }},
    min(sent_at) as first_sent_at,
    max(sent_at) as last_sent_at,
    min(case when is_delivered then sent_at end) as received_at
from {{ ref('lead_messages') }}
where sequence_name is not null
group by lead_id, sequence_name, sequence_step, channel
