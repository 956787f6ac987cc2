{{ account_for(
    'campaign_responses', var('crm_systems'), key=['campaign_source_id', 'lead_source_id', 'response', 'occurred_at'],
    names_lead=true
) }}
