{{ base_source('hubspot', 'engagement_note') }}
