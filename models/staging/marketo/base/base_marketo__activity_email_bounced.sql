{{ base_source('marketo', 'activity_email_bounced', with_row_hash=false) }}
