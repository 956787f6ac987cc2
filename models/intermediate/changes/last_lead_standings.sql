-- depends_on: {{ ref('last_build') }}
{% set kept = kept_until_whole() %}

{% if kept %}
select * from {{ kept }}
{% else %}
select
    scores.lead_id,
    scores.scorecard_id,
    scores.grade,
    scores.score,
    stages.is_mql,
    stages.is_sql,
    last_build.invocation_id
from {{ ref('lead_scores') }} as scores
inner join {{ ref('lead_stages') }} as stages on scores.lead_id = stages.lead_id
cross join {{ ref('last_build') }} as last_build
{% endif %}
