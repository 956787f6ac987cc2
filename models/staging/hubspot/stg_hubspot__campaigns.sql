{{ contract_rows('campaigns', 'hubspot', ref('base_hubspot__email_campaign'), {
    'campaign_source_id': 'id', 'name': 'coalesce(name, subject)', 'kind': "'email'",
}) }}
