{{ base_source('pipedrive', 'persons', attributes=pipedrive_keys('pipedrive_person_fields')) }}
