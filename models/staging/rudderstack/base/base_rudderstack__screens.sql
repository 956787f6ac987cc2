{{ base_source('rudderstack', 'screens', with_row_hash=false) }}
