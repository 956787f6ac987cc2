select distinct
    md5(form_name) as guid,
    form_name as name,
    'HUBSPOT' as form_type
from web_events
where form_name is not null
