{{ stage_source(source('generic', 'message_events')) }}
