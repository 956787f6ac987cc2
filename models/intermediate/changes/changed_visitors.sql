{% set last = built_relation('last_visitor_fingerprints') if rebuild_scope() != 'all' else none %}
{% set unfinished = unfinished_changes('changed_visitors') %}

with

changed as (

    {% if last %}
    select
        coalesce(now.source_system, last.source_system) as source_system,
        coalesce(now.visitor_id, last.visitor_id) as visitor_id
    from {{ ref('visitor_fingerprints') }} as now
    full outer join {{ last }} as last
        on
            now.source_system = last.source_system
            and now.visitor_id = last.visitor_id
    where now.fingerprint is distinct from last.fingerprint
    {% else %}
    select
        source_system,
        visitor_id
    from {{ ref('visitor_fingerprints') }}
    {% endif %}
    {% if unfinished %}
    {{ union_distinct() }}
    select
        unfinished.source_system,
        unfinished.visitor_id
    from {{ unfinished }} as unfinished
    {% endif %}

)

select
    source_system,
    visitor_id,
    '{{ plan_id() }}' as invocation_id
from changed
