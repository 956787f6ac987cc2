select
    account_source_id as id,
    false as is_deleted,
    name,
    country as billing_country,
    'https://www.' || domain as website,
    industry,
    cast(annual_revenue as double) as annual_revenue,
    employee_count as number_of_employees,
    created_at as created_date
from accounts
