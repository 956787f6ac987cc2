{{ account_for('accounts', var('crm_systems'), key=['account_source_id'], preferred=['created_at desc nulls last']) }}
