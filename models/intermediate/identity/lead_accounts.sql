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
inner join {{ ref('conformed_accounts') }} as accounts
    on
        leads.account_source_system = accounts.source_system
        and leads.account_source_id = accounts.account_source_id
