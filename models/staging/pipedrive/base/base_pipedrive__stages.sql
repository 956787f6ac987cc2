{{ base_source('pipedrive', 'stages') }}
