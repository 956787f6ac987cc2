{{ base_source('salesforce', 'event', attributes=salesforce_fields_of('event')) }}
