{{ base_source('salesforce', 'task') }}
