with

source_rows as (

    {{ ranked_events(
        '(' ~ union_systems('message_events') ~ ')', ref('repeated_message_events')
    ) }}

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
        case
            when source_rows.raw_defect is not null then source_rows.raw_defect
            when source_rows.key_rank > 1 then null
            when scanner_events.event_id is not null then 'bot'
            when
                known_leads.lead_source_id is null
                and known_emails.email is null
                and known_phones.phone is null
                then 'unknown_lead'
        end as quarantine_reason
    from source_rows
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
            {{ phone_digits("case when lower(source_rows.channel) = 'sms' then source_rows.recipient end") }}
            = known_phones.phone

)

select
    source_system,
    {% for column in contract_columns('message_events') %}
    {{ column.name }},
    {% endfor %}
    count_unreadable_values,
    {{ outcome('quarantine_reason', 'key_rank > 1') }} as row_outcome,
    quarantine_reason
from judged
