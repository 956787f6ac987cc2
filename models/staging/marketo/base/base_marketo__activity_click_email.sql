{{ base_source('marketo', 'activity_click_email', with_row_hash=false) }}
