-- After the others that this build leaves, for it says which build they are held against.
-- depends_on: {{ ref('last_build') }}
-- depends_on: {{ ref('last_lead_standings') }}
-- depends_on: {{ ref('last_criteria_changes') }}
{% set kept = kept_until_whole() %}

{% if kept %}
select * from {{ kept }}
{% else %}
select
    criteria.*,
    last_build.invocation_id,
    coalesce(nullif(last_build.build_id, ''), last_build.invocation_id) as build_id,
    last_build.as_of
from {{ ref('criteria_values') }} as criteria
cross join {{ ref('last_build') }} as last_build
{% endif %}
