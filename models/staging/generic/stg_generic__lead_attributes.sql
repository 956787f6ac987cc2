{{ stage_source(source('generic', 'lead_attributes'), with_row_hash=true) }}
