select
    account_source_id as id,
    false as is_deleted,
    name as property_name,
    domain as property_domain,
    industry as property_industry,
    employee_count as property_numberofemployees,
    annual_revenue as property_annualrevenue,
    country as property_country,
    created_at as property_createdate
from accounts
