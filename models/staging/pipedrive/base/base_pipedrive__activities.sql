{{ base_source('pipedrive', 'activities') }}
