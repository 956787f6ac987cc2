{{ base_source('rudderstack', 'tracks', with_row_hash=false) }}
