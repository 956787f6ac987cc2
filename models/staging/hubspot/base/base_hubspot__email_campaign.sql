{{ base_source('hubspot', 'email_campaign') }}
