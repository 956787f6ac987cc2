{{ base_source('hubspot', 'contact_merge_audit') }}
