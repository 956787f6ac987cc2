{{ base_source('ga4', 'events', with_row_hash=false) }}
