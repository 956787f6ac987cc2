{{ account_for(
    'lead_attributes', key=['lead_source_id', 'attribute', 'recorded_at', 'value'], names_lead=true
) }}
