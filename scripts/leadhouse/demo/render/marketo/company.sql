select
    account_source_id as id,
    account_source_id as external_company_id,
    name as company,
    'https://' || domain as website,
    industry,
    employee_count as number_of_employees,
    annual_revenue,
    country as billing_country,
    created_at
from accounts
