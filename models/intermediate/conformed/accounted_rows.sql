{% set entities = [
    'leads', 'accounts', 'opportunities', 'lead_status_history', 'sales_activities', 'campaigns',
    'campaign_responses', 'web_events', 'message_events', 'lead_attributes', 'score_adjustments', 'ad_spend',
] %}
{{ config(materialized='view') }}

{% for entity in entities %}
select
    source_system,
    '{{ entity }}' as entity,
    row_outcome,
    quarantine_reason,
    {{ row_key(entity) }} as row_key,
    count_unreadable_values
from {{ ref('accounted_' ~ entity) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
