{{ stage_source('ad_spend', with_row_hash=true) }}
