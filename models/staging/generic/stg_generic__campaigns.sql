{{ stage_source(source('generic', 'campaigns'), with_row_hash=true) }}
