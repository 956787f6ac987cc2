with

records as (

    select
        lead_nodes.lead_id,
        records.source_system,
        records.lead_source_id,
        records.personal_email
    from {{ ref('crm_records') }} as records
    inner join {{ ref('lead_nodes') }} as lead_nodes on 'record:' || records.record_id = lead_nodes.node

),

visitors as (

    select
        lead_id,
        source_system,
        visitor_id
    from {{ ref('visitor_spans') }}

),

web_emails as (

    select
        lead_nodes.lead_id,
        events.source_system,
        events.personal_email
    from {{ ref('identified_web_events') }} as events
    inner join {{ ref('lead_nodes') }} as lead_nodes on 'email:' || events.personal_email = lead_nodes.node

)

select
    lead_id,
    'crm_id' as identifier_type,
    lead_source_id as identifier,
    source_system
from records
{{ union_distinct() }}
select
    lead_id,
    'email' as identifier_type,
    personal_email as identifier,
    source_system
from records
where personal_email is not null
{{ union_distinct() }}
select
    lead_id,
    'email' as identifier_type,
    personal_email as identifier,
    source_system
from web_emails
{{ union_distinct() }}
select
    lead_id,
    'visitor_id' as identifier_type,
    visitor_id as identifier,
    source_system
from visitors
