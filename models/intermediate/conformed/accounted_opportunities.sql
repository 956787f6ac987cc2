{{ account_for(
    'opportunities', key=['opportunity_source_id'],
    preferred=['closed_at desc nulls last', 'created_at'], names_lead=true
) }}
