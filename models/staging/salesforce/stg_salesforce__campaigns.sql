{{ contract_rows('campaigns', 'salesforce', ref('base_salesforce__campaign'), {
    'campaign_source_id': 'id', 'name': 'name', 'kind': 'type', 'cost': 'coalesce(actual_cost, budgeted_cost)',
    'started_at': 'start_date', 'ended_at': 'end_date',
}, unused=salesforce_unused()) }}
