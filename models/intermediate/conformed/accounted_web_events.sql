{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'file'}) }}

with

source_rows as (

    {{ ranked_events(ref('arrived_web_events'), ref('repeated_web_events')) }}

),

crawlers as (

    select distinct agents.user_agent
    from (
        select distinct user_agent
        from {{ ref('arrived_web_events') }}
    ) as agents
    inner join {{ ref('crawler_user_agents') }} as patterns
        on {{ contains('lower(agents.user_agent)', 'lower(patterns.pattern)') }}

),

judged as (

    select
        source_rows.*,
        case
            when source_rows.raw_defect is not null then source_rows.raw_defect
            when source_rows.key_rank = 1 and crawlers.user_agent is not null then 'bot'
        end as quarantine_reason
    from source_rows
    left join crawlers on source_rows.user_agent = crawlers.user_agent

)

select
    source_system,
    {% for column in contract_columns('web_events') %}
    {{ column.name }},
    {% endfor %}
    count_unreadable_values,
    raw_defect,
    {{ row_fingerprint(contract_columns('web_events') | map(attribute='name') | list) }} as row_fingerprint,
    {{ outcome('quarantine_reason', 'key_rank > 1') }} as row_outcome,
    quarantine_reason,
    source_version
from judged
