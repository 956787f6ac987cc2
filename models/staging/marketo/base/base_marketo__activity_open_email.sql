{{ base_source('marketo', 'activity_open_email', with_row_hash=false) }}
