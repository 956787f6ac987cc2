{{ base_source('salesforce', 'opportunity') }}
