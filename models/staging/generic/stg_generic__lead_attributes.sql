{{ stage_source('lead_attributes', with_row_hash=true) }}
