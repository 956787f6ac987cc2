{{ stage_source(source('generic', 'web_events')) }}
