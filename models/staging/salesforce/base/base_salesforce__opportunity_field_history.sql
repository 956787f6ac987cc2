{{ base_source('salesforce', 'opportunity_field_history') }}
