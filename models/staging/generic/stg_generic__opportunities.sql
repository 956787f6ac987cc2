{{ stage_source(source('generic', 'opportunities'), with_row_hash=true) }}
