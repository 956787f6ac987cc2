-- What a forgotten person did without giving a name: the anonymous events of a visitor that stand where the person was the
-- last one named before them, or the first one named at all. Others who used the same device keep theirs.
{% if not has_suppressions() %}
select
    cast(null as {{ dbt.type_string() }}) as source_system,
    cast(null as {{ dbt.type_string() }}) as event_id
{{ no_rows() }}
{% else %}
with

events as (

    {% for system in systems_with('web_events') %}
    select
        source_system,
        visitor_id,
        event_id,
        occurred_at,
        user_id,
        {{ normalise_email('email') }} as email,
        {{ names_suppressed('web_events') }} as is_suppressed
    from {{ ref('stg_' ~ system ~ '__web_events') }}
    where raw_defect is null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

visitors as (

    select distinct
        source_system,
        visitor_id
    from events
    where is_suppressed

),

known_ids as (

    select distinct any_record_name as name
    from {{ ref('crm_names') }}

),

named as (

    select
        events.source_system,
        events.visitor_id,
        events.event_id,
        events.occurred_at,
        events.is_suppressed,
        events.is_suppressed
        or known_ids.name is not null
        or coalesce(events.email like '_%@_%' and mailboxes.mailbox is null, false) as is_named
    from events
    inner join visitors
        on
            events.source_system = visitors.source_system
            and events.visitor_id = visitors.visitor_id
    left join known_ids on {{ person_name('any_crm_id', 'events.user_id') }} = known_ids.name
    left join {{ ref('shared_mailboxes') }} as mailboxes
        on lower(mailboxes.mailbox) in (events.email, split_part(events.email, '@', 1) || '@')

),

numbered as (

    select
        named.*,
        sum(case when is_named then 1 else 0 end) over (
            partition by source_system, visitor_id
            order by occurred_at asc, is_named desc, event_id asc
            rows between unbounded preceding and current row
        ) as name_number
    from named

),

-- Before anybody was named the events are those of the first one.
namings as (

    select
        source_system,
        visitor_id,
        name_number
    from numbered
    where is_named and is_suppressed

)

select distinct
    numbered.source_system,
    numbered.event_id
from numbered
inner join namings
    on
        numbered.source_system = namings.source_system
        and numbered.visitor_id = namings.visitor_id
        and greatest(numbered.name_number, 1) = namings.name_number
where not numbered.is_named
{% endif %}
