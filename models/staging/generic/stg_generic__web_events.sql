{{ stage_source('web_events') }}
