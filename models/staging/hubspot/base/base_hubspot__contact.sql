{{ base_source('hubspot', 'contact', attributes=hubspot_property_columns()) }}
