{{ base_source('hubspot', 'deal_contact') }}
