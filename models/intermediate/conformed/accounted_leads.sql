{{ account_for(
    'leads', key=['lead_source_id'], preferred=['updated_at desc nulls last', 'created_at'],
    quarantine={'deleted': 'is_deleted and merged_into_id is null'}
) }}
