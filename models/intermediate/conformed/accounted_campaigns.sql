{{ account_for('campaigns', var('crm_systems'), key=['campaign_source_id'], preferred=['started_at desc nulls last']) }}
