{{ account_for(
    'lead_attributes', var('crm_systems'), key=['lead_source_id', 'attribute', 'recorded_at', 'value'], names_lead=true
) }}
