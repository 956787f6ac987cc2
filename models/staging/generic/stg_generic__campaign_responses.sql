{{ stage_source(source('generic', 'campaign_responses'), with_row_hash=true) }}
