{{ base_source('rudderstack', 'identifies', with_row_hash=false) }}
