{{ stage_source('message_events') }}
