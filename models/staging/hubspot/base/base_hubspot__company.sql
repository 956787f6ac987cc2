{{ base_source('hubspot', 'company') }}
