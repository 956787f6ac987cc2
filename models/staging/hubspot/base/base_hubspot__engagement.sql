{{ base_source('hubspot', 'engagement') }}
