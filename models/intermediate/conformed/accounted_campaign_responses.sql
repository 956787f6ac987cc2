{{ account_for(
    'campaign_responses', key=['campaign_source_id', 'lead_source_id', 'response', 'occurred_at'],
    names_lead=true
) }}
