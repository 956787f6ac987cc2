{{ base_source('marketo', 'program') }}
