{{ base_source('hubspot', 'deal_pipeline_stage') }}
