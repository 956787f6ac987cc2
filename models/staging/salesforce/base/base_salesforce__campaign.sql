{{ base_source('salesforce', 'campaign') }}
