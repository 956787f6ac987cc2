with

emails as (

    select
        source_system,
        lead_id,
        message_id,
        coalesce(
            min(case when event_type = 'sent' then known_at end),
            min(case when event_type = 'delivered' then known_at end)
        ) as sent_at,
        min(case when event_type = 'opened' then known_at end) as opened_at
    from {{ ref('lead_message_events') }}
    where channel = 'email' and event_type in ('sent', 'delivered', 'opened')
    group by source_system, lead_id, message_id

),

numbered as (

    select
        lead_id,
        message_id,
        sent_at,
        opened_at,
        row_number() over (partition by lead_id order by sent_at, message_id) as email_number,
        lead(sent_at) over (partition by lead_id order by sent_at, message_id) as next_sent_at
    from emails
    where sent_at is not null

)

select
    lead_id,
    message_id,
    email_number,
    sent_at,
    opened_at,
    coalesce(next_sent_at, {{ end_of_time() }}) as next_sent_at
from numbered
