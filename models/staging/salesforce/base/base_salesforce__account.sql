{{ base_source('salesforce', 'account') }}
