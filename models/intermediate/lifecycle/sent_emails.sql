with

emails as (

    select
        source_system,
        lead_id,
        message_id,
        {% for moment, name in {'known_at': 'sent_at', 'occurred_at': 'occurred_at'}.items() %}
        coalesce(
            min(case when event_type = 'sent' then {{ moment }} end),
            min(case when event_type = 'delivered' then {{ moment }} end)
        ) as {{ name }},
        {% endfor %}
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
        -- All that was sent before the lead's creation became known at that one moment, in the order it was sent.
        row_number() over (partition by lead_id order by occurred_at, message_id) as email_number,
        lead(sent_at) over (partition by lead_id order by occurred_at, message_id) as next_sent_at
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
