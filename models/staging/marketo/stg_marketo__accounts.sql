{{ contract_rows('accounts', 'marketo', ref('base_marketo__company'), {
    'account_source_id': 'coalesce(external_company_id, id)', 'name': 'company',
    'domain': 'coalesce(' ~ url_host('website') ~ ", split_part(website, '/', 1))", 'industry': 'industry',
    'employee_count': 'number_of_employees', 'annual_revenue': 'annual_revenue', 'country': 'billing_country',
    'created_at': 'created_at',
}) }}
