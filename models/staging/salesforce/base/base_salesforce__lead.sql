{{ base_source('salesforce', 'lead', attributes=salesforce_fields_of('lead')) }}
