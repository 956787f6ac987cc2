{{ base_source('marketo', 'merged_lead') }}
