{{ base_source('hubspot', 'deal_stage') }}
