{{ account_for(
    'sales_activities', var('crm_systems'), key=['sales_activity_id'], preferred=['occurred_at'], names_lead=true
) }}
