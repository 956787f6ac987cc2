{{ base_source('hubspot', 'deal') }}
