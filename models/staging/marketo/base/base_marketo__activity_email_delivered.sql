{{ base_source('marketo', 'activity_email_delivered', with_row_hash=false) }}
