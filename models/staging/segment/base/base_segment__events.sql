{{ base_source('segment', 'events', with_row_hash=false) }}
