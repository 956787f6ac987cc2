{{ repeated_events('message_events', '(' ~ union_systems('message_events') ~ ')') }}
