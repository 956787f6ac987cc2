{{ repeated_events('web_events', ref('arrived_web_events')) }}
