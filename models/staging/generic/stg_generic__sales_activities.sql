{{ stage_source('sales_activities', with_row_hash=true) }}
