{{ base_source('hubspot', 'engagement_task') }}
