with

records as (

    select
        'record:' || record_id as node,
        min(created_at) as known_from,
        min(record_id) as stable_name
    from {{ ref('crm_records') }}
    group by record_id

),

web_emails as (

    select
        'email:' || personal_email as node,
        personal_email,
        min(identified_at) as known_from
    from {{ ref('identified_web_events') }}
    where personal_email is not null
    group by personal_email

),

-- The name goes into a public id, so it is that of the first event and not the address itself.
first_events as (

    select
        web_emails.node,
        web_emails.known_from,
        min(events.source_system || ':' || events.event_id) as stable_name
    from web_emails
    inner join {{ ref('identified_web_events') }} as events
        on
            web_emails.personal_email = events.personal_email
            and web_emails.known_from = events.identified_at
    group by web_emails.node, web_emails.known_from

)

select * from records
union all
select
    node,
    known_from,
    'event:' || stable_name as stable_name
from first_events
