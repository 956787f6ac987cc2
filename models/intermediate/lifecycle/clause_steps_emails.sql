-- For `last_emails_opened` with N: met from when the last of the N latest e-mails is opened until the next is sent.
with

clauses as (

    select
        clause_version_id,
        needed_value,
        cast(needed_value as integer) as count_needed
    from {{ ref('stage_clauses') }}
    where metric = 'last_emails_opened'

),

opened_emails as (

    select
        lead_id,
        email_number,
        opened_at
    from {{ ref('sent_emails') }}
    where opened_at is not null

),

-- The N e-mails that are the last ones while the latest of them is the latest sent.
all_opened as (

    select
        latest.lead_id,
        clauses.clause_version_id,
        clauses.needed_value,
        latest.email_number,
        latest.next_sent_at,
        max(greatest(earlier.opened_at, latest.sent_at)) as met_at
    from {{ ref('sent_emails') }} as latest
    cross join clauses
    inner join opened_emails as earlier
        on
            latest.lead_id = earlier.lead_id
            and earlier.email_number > latest.email_number - clauses.count_needed
            and earlier.email_number <= latest.email_number
    where latest.opened_at is not null
    group by
        latest.lead_id, clauses.clause_version_id, clauses.needed_value, clauses.count_needed,
        latest.email_number, latest.next_sent_at
    having count(*) = clauses.count_needed

),

changes as (

    select
        lead_id,
        clause_version_id,
        needed_value,
        met_at as checked_at,
        1 as change
    from all_opened
    where met_at < next_sent_at
    union all
    select
        lead_id,
        clause_version_id,
        needed_value,
        next_sent_at as checked_at,
        -1 as change
    from all_opened
    where met_at < next_sent_at

),

summed as (

    select
        lead_id,
        clause_version_id,
        needed_value,
        checked_at,
        sum(change) as change
    from changes
    where checked_at < {{ end_of_time() }}
    group by lead_id, clause_version_id, needed_value, checked_at

)

-- A new e-mail begins unopened: the run of opened ones is zero again.
select
    lead_id,
    clause_version_id,
    checked_at,
    case when change > 0 then needed_value else 0 end as actual_value,
    change > 0 as is_met
from summed
where change <> 0
