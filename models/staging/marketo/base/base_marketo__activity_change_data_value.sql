{{ base_source('marketo', 'activity_change_data_value') }}
