{{ base_source('salesforce', 'contact_history') }}
