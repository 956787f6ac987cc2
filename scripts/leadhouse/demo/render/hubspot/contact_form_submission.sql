with

contacts as (
    select
        lower(trim(email)) as email,
        min(lead_source_id) as contact_id
    from leads
    where lead_source_id is not null
    group by lower(trim(email))
)

select
    events.event_id as conversion_id,
    contacts.contact_id,
    md5(events.form_name) as form_id,
    events.page_url,
    events.form_name as title,
    events.occurred_at as "timestamp",
    events.loaded_at as _fivetran_synced
from web_events as events
inner join contacts on lower(trim(events.email)) = contacts.email
where events.form_name is not null
