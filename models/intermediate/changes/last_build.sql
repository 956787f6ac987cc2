{#- Every test passes before this is built, for it comes after all that is tested. -#}
{% for mart in [
    'accounts', 'activities', 'calendar', 'campaigns', 'lead_identifiers', 'lead_topics', 'leads', 'opportunities', 'sessions',
    'account_scores', 'lead_score_history', 'lead_score_reasons', 'lead_scores', 'score_ledger', 'conversion_curves',
    'funnel_conversions', 'funnel_targets', 'lead_stages', 'stage_rule_checks', 'stage_transitions',
    'campaign_performance', 'channel_attribution', 'channel_conversions', 'content_attribution',
    'content_performance', 'nurture_comparison', 'nurture_performance', 'alignment', 'alignment_rejections',
    'handoffs', 'leakage', 'crm_score_sync', 'nurture_queue', 'sales_alerts', 'build_run_models', 'build_runs',
    'criteria_changes', 'quarantined_rows', 'row_accounting', 'rule_effectiveness', 'scorecard_drift',
    'scorecard_performance',
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
