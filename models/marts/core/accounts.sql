with

accounts as (

    select * from {{ ref('conformed_accounts') }}

),

lead_counts as (

    select
        source_system,
        account_source_id,
        count(*) as count_leads
    from {{ ref('lead_accounts') }}
    group by source_system, account_source_id

)

select
    {{ hash_of(['accounts.source_system', 'accounts.account_source_id']) }} as account_id,
    accounts.source_system,
    accounts.account_source_id,
    accounts.name as account_name,
    accounts.domain,
    accounts.industry,
    accounts.country,
    accounts.employee_count,
    accounts.annual_revenue,
    cast(coalesce(lead_counts.count_leads, 0) as bigint) as count_leads,
    accounts.created_at
from accounts
left join lead_counts
    on
        accounts.source_system = lead_counts.source_system
        and accounts.account_source_id = lead_counts.account_source_id
