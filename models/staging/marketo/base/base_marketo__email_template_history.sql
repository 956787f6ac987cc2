{{ base_source('marketo', 'email_template_history') }}
