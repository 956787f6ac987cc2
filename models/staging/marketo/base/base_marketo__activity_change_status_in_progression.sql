{{ base_source('marketo', 'activity_change_status_in_progression') }}
