{{ base_source('marketo', 'activity_send_email', with_row_hash=false) }}
