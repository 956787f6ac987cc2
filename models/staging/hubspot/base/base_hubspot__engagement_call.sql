{{ base_source('hubspot', 'engagement_call') }}
