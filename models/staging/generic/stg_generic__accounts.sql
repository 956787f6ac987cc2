{{ stage_source('accounts', with_row_hash=true) }}
