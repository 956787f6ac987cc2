with

traffic as (

    select
        source,
        medium,
        campaign
    from {{ ref('session_sources') }}
    {{ union_distinct() }}
    select
        source,
        medium,
        campaign
    from {{ ref('spend_sources') }}

),

described as (

    select
        {{ hash_of(['traffic.source', 'traffic.medium', 'traffic.campaign']) }} as traffic_id,
        traffic.source,
        traffic.medium,
        traffic.campaign,
        categories.category as source_category
    from traffic
    left join {{ ref('source_categories') }} as categories on traffic.source = categories.source

),

fields as (

    {% for field in ['source', 'medium', 'campaign', 'source_category'] %}
    select
        traffic_id,
        '{{ field }}' as field,
        {{ field }} as value
    from described
    where {{ field }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

rules as (

    select
        priority,
        channel,
        count(distinct clause) as count_clauses
    from {{ ref('channel_rules') }}
    group by priority, channel

),

clauses_met as (

    select
        fields.traffic_id,
        clauses.priority,
        count(distinct clauses.clause) as count_met
    from fields
    inner join {{ ref('channel_rules') }} as clauses
        on
            fields.field = clauses.field
            and {{ matches('clauses.match', 'fields.value', 'clauses.pattern') }}
    group by fields.traffic_id, clauses.priority

),

matched as (

    select
        clauses_met.traffic_id,
        rules.channel,
        row_number() over (partition by clauses_met.traffic_id order by rules.priority, rules.channel) as match_rank
    from clauses_met
    inner join rules
        on
            clauses_met.priority = rules.priority
            and clauses_met.count_met = rules.count_clauses

)

select
    described.traffic_id,
    described.source,
    described.medium,
    described.campaign,
    coalesce(matched.channel, 'Unassigned') as channel
from described
left join matched on described.traffic_id = matched.traffic_id and matched.match_rank = 1
