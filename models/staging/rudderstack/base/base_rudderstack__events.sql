{{ base_source('rudderstack', 'events', with_row_hash=false) }}
