{{ config(materialized='view') }}

-- What rules and CRM each say, whoever has the authority and whatever was jumped over.
select
    lead_id,
    {% for stage in ['mql', 'sql'] %}
    min(case when stage = '{{ stage }}' then by_rules_at end) as {{ stage }}_at_by_rules,
    min(case when stage = '{{ stage }}' then by_crm_at end) as {{ stage }}_at_by_crm,
    {% endfor %}
    min(case when stage = 'sal' then by_crm_at end) as sal_at_by_crm
from {{ ref('cycle_stages') }}
group by lead_id
