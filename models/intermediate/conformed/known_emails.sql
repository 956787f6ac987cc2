with

delivered_emails as (

    select {{ normalise_email('email') }} as email
    from {{ ref('conformed_leads') }}
    union all
    select {{ normalise_email('email') }} as email
    from {{ ref('conformed_web_events') }}

),

distinct_emails as (

    select distinct email
    from delivered_emails
    -- 'n/a', '-' and the like name nobody, and must not join everybody who has them.
    where email like '_%@_%'

),

shared_mailboxes as (

    select lower(mailbox) as mailbox
    from {{ ref('shared_mailboxes') }}

)

select
    distinct_emails.email,
    split_part(distinct_emails.email, '@', 2) as email_domain,
    max(case when shared_mailboxes.mailbox is not null then 1 else 0 end) = 1 as is_shared
from distinct_emails
left join shared_mailboxes
    on shared_mailboxes.mailbox in (distinct_emails.email, split_part(distinct_emails.email, '@', 1) || '@')
group by distinct_emails.email
