{{ base_source('salesforce', 'opportunity_contact_role') }}
