{{ base_source('hubspot', 'contact_property_history') }}
