{{ stage_source(source('generic', 'ad_spend'), with_row_hash=true) }}
