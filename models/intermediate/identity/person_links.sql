{{ config(materialized='view') }}

-- Two CRM records are one person when they share an e-mail, here a node between them, or were merged.
select
    'record:' || record_id as node,
    'email:' || personal_email as linked_node
from {{ ref('crm_records') }}
where personal_email is not null
{{ union_distinct() }}
select
    'record:' || merged.record_id as node,
    'record:' || survivors.record_id as linked_node
from {{ ref('crm_records') }} as merged
inner join {{ ref('crm_records') }} as survivors on merged.merged_into_record_id = survivors.record_id
