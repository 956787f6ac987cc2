{{ base_source('marketo', 'company') }}
