{{ base_source('hubspot', 'form') }}
