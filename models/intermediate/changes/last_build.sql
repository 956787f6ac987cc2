{#- Every test passes before this is built, for it comes after all that is tested. -#}
{% for mart in [
    'accounts', 'activities', 'campaigns', 'lead_identifiers', 'lead_topics', 'leads', 'opportunities', 'sessions', 'lead_score_history',
    'lead_score_reasons', 'lead_scores', 'score_ledger', 'funnel_conversions', 'lead_stages', 'stage_rule_checks',
    'stage_transitions', 'channel_conversions', 'sales_alerts', 'nurture_queue', 'crm_score_sync', 'build_run_models', 'build_runs', 'quarantined_rows',
    'row_accounting',
] %}
-- depends_on: {{ ref(mart) }}
{% endfor %}
{% set kept = kept_until_whole() %}

select
    invocation_id,
    build_id,
    code_hash,
    criteria_hash,
    {{ 'suppressed_hash' if kept else "'" ~ suppressed_hash() ~ "' as suppressed_hash" }},
    is_tested,
    as_of
from {{ kept or built_relation('last_build', 'build_plan') }}
{% if not kept %}
where is_whole
{% endif %}
