{{ base_source('salesforce', 'contact', attributes=salesforce_fields_of('contact')) }}
