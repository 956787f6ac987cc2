with

named_events as (

    select
        web_events.source_system,
        web_events.event_id,
        web_events.visitor_id,
        web_events.occurred_at,
        web_events.user_id,
        {{ normalise_email('web_events.email') }} as email
    from {{ ref('conformed_web_events') }} as web_events
    where web_events.email is not null or web_events.user_id is not null

)

select
    named_events.source_system,
    named_events.event_id,
    named_events.visitor_id,
    named_events.occurred_at,
    case when not known_emails.is_shared then known_emails.email end as personal_email,
    case when coalesce(known_emails.is_shared, true) then crm_ids.record_id end as record_id,
    -- A user id names a lead only once the CRM has that lead.
    case
        when not known_emails.is_shared then named_events.occurred_at
        else greatest(named_events.occurred_at, crm_ids.created_at)
    end as identified_at
from named_events
left join {{ ref('known_emails') }} as known_emails on named_events.email = known_emails.email
left join {{ ref('crm_ids') }} as crm_ids
    on
        named_events.user_id = crm_ids.lead_source_id
        and named_events.source_system = crm_ids.naming_system
where not coalesce(known_emails.is_shared, true) or crm_ids.record_id is not null
