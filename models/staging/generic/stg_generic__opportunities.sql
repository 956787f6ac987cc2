{{ stage_source('opportunities', with_row_hash=true) }}
