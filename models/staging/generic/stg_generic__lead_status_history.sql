{{ stage_source(source('generic', 'lead_status_history'), with_row_hash=true) }}
