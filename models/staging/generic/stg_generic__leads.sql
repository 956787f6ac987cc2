{{ stage_source('leads', with_row_hash=true) }}
