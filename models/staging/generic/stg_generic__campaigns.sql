{{ stage_source('campaigns', with_row_hash=true) }}
