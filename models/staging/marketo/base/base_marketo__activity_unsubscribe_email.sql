{{ base_source('marketo', 'activity_unsubscribe_email', with_row_hash=false) }}
