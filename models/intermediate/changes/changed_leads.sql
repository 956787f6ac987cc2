{% set scope = rebuild_scope() %}
{% set last = built_relation('last_lead_fingerprints') if scope == 'changed' else none %}
{% set records = built_relation('activity_records') if scope == 'changed' else none %}
{% set last_build = built_relation('last_build') if scope == 'changed' else none %}
{% set unfinished = unfinished_changes('changed_leads') %}

with

changed as (

    {% if last %}
    select coalesce(now.lead_id, last.lead_id) as lead_id
    from {{ ref('lead_fingerprints') }} as now
    full outer join {{ last }} as last on now.lead_id = last.lead_id
    where now.fingerprint is distinct from last.fingerprint
    {% else %}
    select lead_id from {{ ref('lead_fingerprints') }}
    {% endif %}
    {% if records %}
    {{ union_distinct() }}
    -- A silence that has lasted long enough since, or a session that is over: facts that time has made, or unmade where
    -- the clock was turned back.
    select records.lead_id
    from {{ records }} as records
    cross join {{ last_build }} as last_build
    where
        records.known_at > least(last_build.as_of, {{ as_of() }})
        and records.known_at <= greatest(last_build.as_of, {{ as_of() }})
    {% endif %}
    {% if unfinished %}
    {{ union_distinct() }}
    select unfinished.lead_id from {{ unfinished }} as unfinished
    {% endif %}

)

select
    lead_id,
    '{{ plan_id() }}' as invocation_id
from changed
