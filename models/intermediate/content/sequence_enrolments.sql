-- A message that bounced enrols too: what is compared is the decision to nurture, not whom it reached.
select
    lead_id,
    sequence_name,
    min(sent_at) as enrolled_at
from {{ ref('lead_messages') }}
where sequence_name is not null and is_sent
group by lead_id, sequence_name
