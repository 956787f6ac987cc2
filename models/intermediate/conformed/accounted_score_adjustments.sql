{{ account_for(
    'score_adjustments', key=['row_hash'], names_lead='any',
    quarantine={'unknown_group': 'group_id not in (select group_id from ' ~ ref('score_groups') ~ ')'}
) }}
