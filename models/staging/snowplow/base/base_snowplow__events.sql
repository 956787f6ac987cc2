{{ base_source('snowplow', 'events', with_row_hash=false, nested=snowplow_nested_columns()) }}
