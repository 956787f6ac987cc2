{{ contract_rows('accounts', 'salesforce', ref('base_salesforce__account'), {
    'account_source_id': 'id', 'name': 'name', 'domain': salesforce_domain(), 'industry': 'industry',
    'employee_count': 'number_of_employees', 'annual_revenue': 'annual_revenue',
    'country': 'coalesce(billing_country, billing_country_code, shipping_country)', 'created_at': 'created_date',
}, unused=salesforce_unused()) }}
