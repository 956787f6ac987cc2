{{ base_source('marketo', 'campaign') }}
