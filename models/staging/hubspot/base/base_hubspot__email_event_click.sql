{{ base_source('hubspot', 'email_event_click') }}
