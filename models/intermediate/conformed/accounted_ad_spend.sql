{{ account_for('ad_spend', var('ad_systems'), key=['row_hash']) }}
