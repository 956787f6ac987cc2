-- What should have happened by now and has not: when that was due, kind by kind, the furthest along last. Who opted out is
-- neither nurtured nor called, unless sales has taken them on.
{% set leaks = {
    'mql_without_owner': {
        'condition': 'is_current and accepted_at is null and owner_id is null and not has_opted_out',
        'due_at': add_time('handed_over_at', var('leakage_days'), 'day'),
    },
    'mql_without_touch': {
        'condition': 'is_current and accepted_at is null and first_response_at is null and not has_opted_out',
        'due_at': add_time('handed_over_at', var('leakage_days'), 'day'),
    },
    'rejected_not_nurtured': {
        'condition': 'is_recycled and coalesce(last_sent_at < ended_at, true) and not has_opted_out',
        'due_at': add_time('ended_at', var('leakage_days'), 'day'),
    },
    'accepted_not_qualified': {
        'condition': "is_current and sql_at is null and stage in ('mql', 'sal')",
        'due_at': add_time('accepted_at', var('sal_without_sql_days'), 'day'),
    },
    'sql_without_opportunity': {
        'condition': "stage = 'sql' and (accepted_at is not null or not has_opted_out)",
        'due_at': add_time('sql_at', var('sql_without_opportunity_days'), 'day'),
    },
    'stalled_opportunity': {
        'condition': "stage = 'opportunity' and opened_at is not null",
        'due_at': 'greatest(' ~ add_time('opened_at', var('stalled_opportunity_days'), 'day') ~ ', '
            ~ 'coalesce(' ~ add_time('last_touch_at', var('stalled_silence_days'), 'day') ~ ', opened_at))',
    },
} %}

with

leaks as (

    {% for kind, leak in leaks.items() %}
    select
        lead_id,
        '{{ kind }}' as leak_kind,
        {{ loop.index }} as leak_rank,
        {{ leak.due_at }} as leaked_at
    from {{ ref('leak_candidates') }}
    where {{ leak.condition }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

-- Without the moment from which the time runs there is nothing to wait for, and no leak.
select
    lead_id,
    leak_kind,
    leak_rank,
    leaked_at
from leaks
where leaked_at <= {{ as_of() }}
