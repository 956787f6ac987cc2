-- Whom marketing may write to now, and how: nobody whom sales work on, nobody who does not want it, nobody just written to.
with

leads as (

    select
        lead_id,
        email,
        {{ phone_digits('phone') }} as phone
    from {{ ref('resolved_leads') }}
    where not coalesce(has_opted_out, false)

),

-- A number that several leads have is a switchboard's.
phones as (

    select {{ phone_digits('phone') }} as phone
    from {{ ref('resolved_leads') }}
    where {{ phone_digits('phone') }} is not null
    group by {{ phone_digits('phone') }}
    having count(*) = 1

),

excluded as (

    select distinct lead_id
    from {{ ref('exclusion_spans') }}
    where excluded_from <= {{ as_of() }} and excluded_to > {{ as_of() }}

),

reachable as (

    select
        leads.lead_id,
        {{ current_stage('cycles') }} as stage,
        case
            when known_emails.email is not null and not coalesce(contacts.is_email_bounced, false) then 'email'
            when
                phones.phone is not null
                and not coalesce(contacts.is_sms_bounced, false)
                and not coalesce(contacts.is_sms_refused, false)
                then 'sms'
        end as channel,
        coalesce(contacts.count_messages_30_days, 0) as count_messages_30_days,
        coalesce(contacts.count_last_emails_opened, 0) as count_last_emails_opened,
        coalesce(contacts.is_email_bounced, false) as is_email_bounced,
        contacts.last_message_at
    from leads
    inner join {{ ref('current_cycles') }} as cycles on leads.lead_id = cycles.lead_id
    left join {{ ref('first_stage_times') }} as first_times on leads.lead_id = first_times.lead_id
    left join {{ ref('lead_contacts') }} as contacts on leads.lead_id = contacts.lead_id
    left join {{ ref('known_emails') }} as known_emails
        on
            leads.email = known_emails.email
            and not known_emails.is_shared
    left join phones on leads.phone = phones.phone
    left join excluded on leads.lead_id = excluded.lead_id
    where
        excluded.lead_id is null
        and first_times.customer_at is null
        -- Who refuses e-mails is not written to in another way either.
        and not coalesce(contacts.is_email_refused, false)

)

select
    lead_id,
    stage,
    channel,
    count_messages_30_days,
    count_last_emails_opened,
    is_email_bounced,
    last_message_at
from reachable
where
    stage in ('lead', 'mql', 'recycled')
    and channel is not null
    and (
        last_message_at is null
        or last_message_at <= {{ add_time(as_of(), -var('nurture_pause_days'), 'day') }}
    )
