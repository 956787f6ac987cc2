-- Whether and when a lead was written to, and what it refused.
with

-- An event without a message id tells of a message that is counted elsewhere, unless it tells that it went out.
sent as (

    select
        *,
        is_sent or is_delivered as was_sent,
        is_unsubscribed or is_complained as is_refused
    from {{ ref('lead_messages') }}

),

messages as (

    select
        messages.*,
        case
            when not messages.is_bounced then false
            when messages.bounced_recipient is null then true
            when messages.channel = 'sms'
                then
                    {{ phone_digits('messages.bounced_recipient') }} = {{ phone_digits('leads.phone') }}
            else {{ normalise_email('messages.bounced_recipient') }} = leads.email
        end as is_bounced_here,
        row_number() over (
            partition by messages.lead_id, messages.channel, messages.was_sent
            order by messages.sent_at desc, messages.message_id desc, messages.source_system desc
        ) as recency
    from sent as messages
    inner join {{ ref('resolved_leads') }} as leads on messages.lead_id = leads.lead_id

)

select
    lead_id,
    cast(sum(
        case when was_sent and sent_at > {{ add_time(as_of(), -30, 'day') }} then 1 else 0 end
    ) as bigint) as count_messages_30_days,
    -- The run of opened e-mails ends before the latest one that was not opened.
    cast(coalesce(
        min(case when channel = 'email' and was_sent and not is_opened then recency end) - 1,
        sum(case when channel = 'email' and was_sent then 1 else 0 end)
    ) as bigint) as count_last_emails_opened,
    max(case when channel = 'email' and is_bounced_here then 1 else 0 end) = 1 as is_email_bounced,
    max(case when channel = 'sms' and is_bounced_here then 1 else 0 end) = 1 as is_sms_bounced,
    max(case when channel = 'email' and is_refused then 1 else 0 end) = 1 as is_email_refused,
    max(case when channel = 'sms' and is_refused then 1 else 0 end) = 1 as is_sms_refused,
    max(case when was_sent then sent_at end) as last_message_at
from messages
group by lead_id
