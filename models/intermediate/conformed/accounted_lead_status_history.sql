{{ account_for(
    'lead_status_history', key=['lead_source_id', 'status', 'changed_at'], names_lead=true
) }}
