{{ account_for('ad_spend', key=['row_hash']) }}
