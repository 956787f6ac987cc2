{{ stage_source('lead_status_history', with_row_hash=true) }}
