{{ account_for('accounts', key=['account_source_id'], preferred=['created_at desc nulls last']) }}
