{{ base_source('pipedrive', 'deals') }}
