{{ base_source('pipedrive', 'organizations', attributes=pipedrive_keys('pipedrive_organization_fields')) }}
