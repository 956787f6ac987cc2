{{ base_source('hubspot', 'merged_deal') }}
