-- Marketo knows whom it writes to by the lead.
select
    lower(trim(email)) as email,
    min(lead_source_id) as lead_source_id
from leads
where lead_source_id is not null and is_deleted is distinct from 'true'
group by lower(trim(email))
