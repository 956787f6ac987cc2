-- For `last_emails_opened` with N: at each moment, how many of the last N e-mails sent have been opened.
with

clauses as (

    select
        clause_version_id,
        cast(needed_value as integer) as count_needed
    from {{ ref('stage_clauses') }}
    where metric = 'last_emails_opened'

),

-- The N e-mails that are the last ones while the latest of them is the latest sent.
last_emails as (

    select
        latest.lead_id,
        clauses.clause_version_id,
        clauses.count_needed,
        latest.email_number,
        latest.sent_at,
        latest.next_sent_at,
        earlier.opened_at
    from {{ ref('sent_emails') }} as latest
    cross join clauses
    inner join {{ ref('step_numbers') }} as steps on steps.step_number < clauses.count_needed
    inner join {{ ref('sent_emails') }} as earlier
        on
            latest.lead_id = earlier.lead_id
            and earlier.email_number = latest.email_number - steps.step_number

),

changes as (

    select distinct
        lead_id,
        clause_version_id,
        count_needed,
        email_number,
        sent_at as checked_at,
        0 as count_change
    from last_emails
    union all
    select
        lead_id,
        clause_version_id,
        count_needed,
        email_number,
        greatest(opened_at, sent_at) as checked_at,
        1 as count_change
    from last_emails
    -- An e-mail that was never opened is out: `greatest` passes over nulls.
    where opened_at is not null and greatest(opened_at, sent_at) < next_sent_at

),

summed as (

    select
        lead_id,
        clause_version_id,
        count_needed,
        email_number,
        checked_at,
        sum(count_change) as count_change
    from changes
    group by lead_id, clause_version_id, count_needed, email_number, checked_at

),

accumulated as (

    select
        summed.*,
        sum(count_change) over (
            partition by lead_id, clause_version_id, email_number
            order by checked_at
            rows between unbounded preceding and current row
        ) as count_opened,
        -- Of two e-mails sent at one moment only the second is the last.
        row_number() over (
            partition by lead_id, clause_version_id, checked_at
            order by email_number desc
        ) as moment_rank
    from summed

)

select
    lead_id,
    clause_version_id,
    checked_at,
    cast(count_opened as decimal(18, 6)) as actual_value,
    count_opened >= count_needed as is_met
from accumulated
where moment_rank = 1
