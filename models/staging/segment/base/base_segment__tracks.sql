{{ base_source('segment', 'tracks', with_row_hash=false) }}
