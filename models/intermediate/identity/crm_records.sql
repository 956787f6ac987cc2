{{ config(materialized='view') }}

select
    records.source_system || ':' || records.lead_source_id as record_id,
    records.source_system || ':' || records.merged_into_id as merged_into_record_id,
    case when not known_emails.is_shared then known_emails.email end as personal_email,
    records.*
from {{ ref('conformed_leads') }} as records
left join {{ ref('known_emails') }} as known_emails
    on {{ normalise_email('records.email') }} = known_emails.email
