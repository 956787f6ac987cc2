{{ repeated_events('message_events', var('message_systems')) }}
