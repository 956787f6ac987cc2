{{ account_for('campaigns', key=['campaign_source_id'], preferred=['started_at desc nulls last']) }}
