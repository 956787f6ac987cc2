-- Whether and when a lead was written to, and what it refused.
with

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
            partition by messages.lead_id, messages.channel, messages.sent_at is null
            order by messages.sent_at desc, messages.message_id desc
        ) as recency
    from {{ ref('lead_messages') }} as messages
    inner join {{ ref('resolved_leads') }} as leads on messages.lead_id = leads.lead_id

)

select
    lead_id,
    cast(sum(
        case when sent_at > {{ add_time(as_of(), -30, 'day') }} then 1 else 0 end
    ) as bigint) as count_messages_30_days,
    -- The run of opened e-mails ends before the latest one that was not opened.
    cast(coalesce(
        min(case when channel = 'email' and sent_at is not null and not is_opened then recency end) - 1,
        sum(case when channel = 'email' and sent_at is not null then 1 else 0 end)
    ) as bigint) as count_last_emails_opened,
    max(case when channel = 'email' and is_bounced_here then 1 else 0 end) = 1 as is_email_bounced,
    max(case when channel = 'sms' and is_bounced_here then 1 else 0 end) = 1 as is_sms_bounced,
    max(case when channel = 'email' and is_refused then 1 else 0 end) = 1 as is_email_refused,
    max(case when channel = 'sms' and is_refused then 1 else 0 end) = 1 as is_sms_refused,
    max(sent_at) as last_message_at
from messages
group by lead_id
