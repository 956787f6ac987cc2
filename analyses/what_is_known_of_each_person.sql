-- How many addresses, CRM records and devices do leads have?
select
    identifier_type,
    count_identifiers,
    count(*) as count_leads
from (
    select
        lead_id,
        identifier_type,
        count(*) as count_identifiers
    from {{ ref('lead_identifiers') }}
    group by lead_id, identifier_type
) as counted
group by identifier_type, count_identifiers
order by identifier_type, count_identifiers
