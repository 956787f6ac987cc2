{{ base_source('hubspot', 'email_event', with_row_hash=false) }}
