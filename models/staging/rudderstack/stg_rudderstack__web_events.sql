{{ call_events('rudderstack') }}
