{{ repeated_events('web_events', var('web_systems')) }}
