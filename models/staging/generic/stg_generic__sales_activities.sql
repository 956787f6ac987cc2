{{ stage_source(source('generic', 'sales_activities'), with_row_hash=true) }}
