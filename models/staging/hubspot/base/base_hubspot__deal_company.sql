{{ base_source('hubspot', 'deal_company') }}
