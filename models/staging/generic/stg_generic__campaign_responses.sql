{{ stage_source('campaign_responses', with_row_hash=true) }}
