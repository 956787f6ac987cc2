{{ base_source('hubspot', 'engagement_email') }}
