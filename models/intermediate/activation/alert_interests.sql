-- The topics that lead_topics would have had at the entry, and what the CRM said then.
with

entries as (

    select * from {{ ref('alert_entries') }}

),

counted as (

    select
        entries.lead_id,
        entries.cycle_number,
        entries.stage,
        topics.topic,
        count(*) as count_activities,
        sum(case when types.intent = 'commercial' then 1 else 0 end) as count_commercial_activities,
        max(activities.occurred_at) as last_activity_at
    from entries
    inner join {{ ref('lead_activities') }} as activities
        on
            entries.lead_id = activities.lead_id
            and entries.entered_at >= activities.known_at
    inner join {{ ref('activity_types') }} as types on activities.activity_type = types.activity_type
    inner join {{ ref('content_topics') }} as topics
        on {{ without_addresses('activities.content_name') }} = topics.content_name
    where
        types.is_inbound
        and activities.occurred_at > {{ add_time('entries.entered_at', -var('topic_interest_days'), 'day') }}
    group by entries.lead_id, entries.cycle_number, entries.stage, topics.topic

),

ranked as (

    select
        counted.*,
        row_number() over (
            partition by lead_id, cycle_number, stage
            order by count_activities desc, count_commercial_activities desc, last_activity_at desc, topic asc
        ) as topic_rank
    from counted

),

topics as (

    select
        lead_id,
        cycle_number,
        stage,
        max(case when topic_rank = 1 then topic end)
        || coalesce(', ' || max(case when topic_rank = 2 then topic end), '')
        || coalesce(', ' || max(case when topic_rank = 3 then topic end), '') as topics
    from ranked
    where topic_rank <= 3
    group by lead_id, cycle_number, stage

),

recorded as (

    select
        entries.lead_id,
        entries.cycle_number,
        entries.stage,
        nullif(trim({{ one_line('attributes.value') }}), '') as value,
        row_number() over (
            partition by entries.lead_id, entries.cycle_number, entries.stage
            order by attributes.recorded_at desc, attributes.lead_source_id asc, attributes.value asc
        ) as recency
    from entries
    inner join {{ ref('lead_nodes') }} as lead_nodes on entries.lead_id = lead_nodes.lead_id
    inner join {{ ref('conformed_lead_attributes') }} as attributes
        on
            lead_nodes.node = 'record:' || attributes.source_system || ':' || attributes.lead_source_id
            and entries.entered_at >= attributes.recorded_at
    where lower(trim(attributes.attribute)) = 'product_interest'

)

select
    entries.lead_id,
    entries.cycle_number,
    entries.stage,
    coalesce(topics.topics, '')
    || case when topics.topics is not null and recorded.value is not null then '; ' else '' end
    || coalesce('CRM: ' || left(recorded.value, 100), '') as product_interest
from entries
left join topics
    on
        entries.lead_id = topics.lead_id
        and entries.cycle_number = topics.cycle_number
        and entries.stage = topics.stage
left join recorded
    on
        entries.lead_id = recorded.lead_id
        and entries.cycle_number = recorded.cycle_number
        and entries.stage = recorded.stage
        and recorded.recency = 1
where coalesce(topics.topics, recorded.value) is not null
