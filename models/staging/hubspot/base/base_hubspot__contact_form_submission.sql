{{ base_source('hubspot', 'contact_form_submission', with_row_hash=false) }}
