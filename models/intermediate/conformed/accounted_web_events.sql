with

source_rows as (

    {{ union_systems('web_events', var('web_systems')) }}

),

-- Few ids repeat: only their rows go through a window, all others pass by.
repeated_ids as (

    select
        source_system,
        event_id
    from source_rows
    where raw_defect is null
    group by source_system, event_id
    having count(*) > 1

),

crawlers as (

    select distinct agents.user_agent
    from (select distinct user_agent from source_rows) as agents
    inner join {{ ref('crawler_user_agents') }} as patterns
        on {{ contains('lower(agents.user_agent)', 'lower(patterns.pattern)') }}

),

judged as (

    select
        source_rows.*,
        repeated_ids.event_id is not null as is_repeated,
        case
            when source_rows.raw_defect is not null then source_rows.raw_defect
            when crawlers.user_agent is not null then 'bot'
        end as quarantine_reason
    from source_rows
    left join repeated_ids
        on
            source_rows.source_system = repeated_ids.source_system
            and source_rows.event_id = repeated_ids.event_id
    left join crawlers on source_rows.user_agent = crawlers.user_agent

),

ranked as (

    select
        judged.*,
        1 as key_rank
    from judged
    where not is_repeated or quarantine_reason is not null
    union all
    select
        judged.*,
        row_number() over (
            partition by source_system, event_id
            order by
                loaded_at nulls last, occurred_at,
                {{ hash_of(contract_columns('web_events') | map(attribute='name') | list) }}
        ) as key_rank
    from judged
    where is_repeated and quarantine_reason is null

)

select
    source_system,
    {% for column in contract_columns('web_events') %}
    {{ column.name }},
    {% endfor %}
    count_unreadable_values,
    {{ outcome('quarantine_reason', 'key_rank > 1') }} as row_outcome,
    quarantine_reason
from ranked
