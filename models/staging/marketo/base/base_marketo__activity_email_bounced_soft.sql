{{ base_source('marketo', 'activity_email_bounced_soft', with_row_hash=false) }}
