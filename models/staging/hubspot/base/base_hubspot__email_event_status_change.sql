{{ base_source('hubspot', 'email_event_status_change') }}
