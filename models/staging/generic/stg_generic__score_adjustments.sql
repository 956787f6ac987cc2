{{ stage_source('score_adjustments', with_row_hash=true) }}
