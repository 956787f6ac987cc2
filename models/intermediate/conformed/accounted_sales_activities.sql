{{ account_for(
    'sales_activities', key=['sales_activity_id'], preferred=['occurred_at'], names_lead=true
) }}
