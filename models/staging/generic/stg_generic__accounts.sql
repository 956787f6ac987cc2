{{ stage_source(source('generic', 'accounts'), with_row_hash=true) }}
