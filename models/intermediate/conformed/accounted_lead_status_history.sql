{{ account_for(
    'lead_status_history', var('crm_systems'), key=['lead_source_id', 'status', 'changed_at'], names_lead=true
) }}
