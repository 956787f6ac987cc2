{{ base_source('marketo', 'lead_describe') }}
