{{ base_source('hubspot', 'engagement_contact') }}
