with

accounts as (

    select
        accounts.*,
        row_number() over (partition by account_source_id order by source_system) as id_rank
    from {{ ref('conformed_accounts') }} as accounts

)

select
    leads.lead_id,
    accounts.source_system,
    accounts.account_source_id,
    accounts.name,
    accounts.domain,
    accounts.industry,
    accounts.employee_count,
    accounts.annual_revenue,
    accounts.country
from {{ ref('resolved_leads') }} as leads
inner join accounts
    on
        leads.account_source_id = accounts.account_source_id
        and accounts.id_rank = 1
