{{ call_events('segment') }}
