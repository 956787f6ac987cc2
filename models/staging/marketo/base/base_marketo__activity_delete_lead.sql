{{ base_source('marketo', 'activity_delete_lead') }}
