{{ stage_source(source('generic', 'leads'), with_row_hash=true) }}
