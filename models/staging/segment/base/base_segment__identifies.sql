{{ base_source('segment', 'identifies', with_row_hash=false) }}
