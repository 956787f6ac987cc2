{{ stage_source(source('generic', 'score_adjustments'), with_row_hash=true) }}
