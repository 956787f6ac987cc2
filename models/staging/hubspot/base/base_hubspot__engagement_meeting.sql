{{ base_source('hubspot', 'engagement_meeting') }}
