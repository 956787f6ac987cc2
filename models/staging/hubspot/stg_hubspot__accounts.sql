{{ contract_rows('accounts', 'hubspot', ref('base_hubspot__company'), {
    'account_source_id': 'id', 'name': 'property_name', 'domain': 'property_domain', 'industry': 'property_industry',
    'employee_count': 'property_numberofemployees', 'annual_revenue': 'property_annualrevenue',
    'country': 'property_country', 'created_at': 'property_createdate',
}, unused="case when is_deleted then 'deleted_in_source' end") }}
