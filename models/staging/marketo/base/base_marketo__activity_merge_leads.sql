{{ base_source('marketo', 'activity_merge_leads') }}
