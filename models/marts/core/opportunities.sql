with

opportunities as (

    select * from {{ ref('lead_opportunities') }}

)

select
    opportunity_id,
    source_system,
    opportunity_source_id,
    lead_id,
    case when account_source_id is not null then {{ hash_of(['source_system', 'account_source_id']) }} end as account_id,
    owner_id,
    opportunity_type,
    stage_name,
    cast(win_number as bigint) as win_number,
    amount,
    is_closed,
    is_won,
    is_decided_before_lead,
    created_at,
    closed_at
from opportunities
