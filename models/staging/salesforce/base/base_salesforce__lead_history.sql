{{ base_source('salesforce', 'lead_history') }}
