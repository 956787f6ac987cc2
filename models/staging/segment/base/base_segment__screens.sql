{{ base_source('segment', 'screens', with_row_hash=false) }}
