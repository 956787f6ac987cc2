with

source_rows as (

    {{ union_systems('message_events', var('message_systems')) }}

),

-- Few ids repeat: only their rows go through a window, all others pass by.
repeated_ids as (

    select
        source_system,
        event_id
    from source_rows
    where raw_defect is null
    group by source_system, event_id
    having count(*) > 1

),

known_leads as (

    select distinct lead_source_id
    from {{ ref('conformed_leads') }}

),

known_phones as (

    select distinct {{ phone_digits('phone') }} as phone
    from {{ ref('conformed_leads') }}

),

judged as (

    select
        source_rows.*,
        repeated_ids.event_id is not null as is_repeated,
        case
            when source_rows.raw_defect is not null then source_rows.raw_defect
            when scanner_events.event_id is not null then 'bot'
            when
                known_leads.lead_source_id is null
                and known_emails.email is null
                and known_phones.phone is null
                then 'unknown_lead'
        end as quarantine_reason
    from source_rows
    left join repeated_ids
        on
            source_rows.source_system = repeated_ids.source_system
            and source_rows.event_id = repeated_ids.event_id
    left join {{ ref('scanner_events') }} as scanner_events
        on
            source_rows.source_system = scanner_events.source_system
            and source_rows.event_id = scanner_events.event_id
    left join known_leads on source_rows.lead_source_id = known_leads.lead_source_id
    left join {{ ref('known_emails') }} as known_emails
        on
            {{ normalise_email('source_rows.recipient') }} = known_emails.email
            and not known_emails.is_shared
    left join known_phones
        on
            source_rows.channel = 'sms'
            and {{ phone_digits('source_rows.recipient') }} = known_phones.phone

),

ranked as (

    select
        judged.*,
        1 as key_rank
    from judged
    where not is_repeated or quarantine_reason is not null
    union all
    select
        judged.*,
        row_number() over (
            partition by source_system, event_id
            order by
                loaded_at nulls last, occurred_at,
                {{ hash_of(contract_columns('message_events') | map(attribute='name') | list) }}
        ) as key_rank
    from judged
    where is_repeated and quarantine_reason is null

)

select
    source_system,
    {% for column in contract_columns('message_events') %}
    {{ column.name }},
    {% endfor %}
    count_unreadable_values,
    {{ outcome('quarantine_reason', 'key_rank > 1') }} as row_outcome,
    quarantine_reason
from ranked
