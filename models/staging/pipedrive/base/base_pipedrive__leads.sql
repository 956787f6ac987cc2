{{ base_source('pipedrive', 'leads') }}
