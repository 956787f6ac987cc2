-- What leads did and what was done with them, before anything is derived from it.
with

web as (

    select
        {{ hash_of(["'web_events'", 'events.source_system', 'events.event_id']) }} as activity_id,
        events.lead_id,
        events.activity_type,
        'web_events' as source_entity,
        events.source_system,
        events.event_id as source_id,
        events.session_id,
        cast(null as {{ dbt.type_string() }}) as campaign_source_id,
        cast(null as {{ dbt.type_string() }}) as sequence_name,
        cast(null as bigint) as sequence_step,
        events.content_name,
        events.occurred_at,
        events.known_at
    from {{ of_changed_leads(ref('web_activities')) }} as events

),

messages as (

    select
        {{ hash_of(["'message_events'", 'events.source_system', 'events.event_id']) }} as activity_id,
        events.lead_id,
        kinds.activity_type,
        'message_events' as source_entity,
        events.source_system,
        events.event_id as source_id,
        cast(null as {{ dbt.type_string() }}) as session_id,
        events.campaign_source_id,
        events.sequence_name,
        events.step as sequence_step,
        cast(null as {{ dbt.type_string() }}) as content_name,
        events.occurred_at,
        events.known_at
    from {{ ref('lead_message_events') }} as events
    inner join {{ ref('classified_values') }} as kinds
        on
            kinds.entity = 'message_events'
            and kinds.field = 'channel_event'
            and events.channel_event = kinds.value

),

sales as (

    select
        {{ hash_of(["'sales_activities'", 'events.source_system', 'events.sales_activity_id']) }} as activity_id,
        events.lead_id,
        kinds.activity_type,
        'sales_activities' as source_entity,
        events.source_system,
        events.sales_activity_id as source_id,
        cast(null as {{ dbt.type_string() }}) as session_id,
        cast(null as {{ dbt.type_string() }}) as campaign_source_id,
        cast(null as {{ dbt.type_string() }}) as sequence_name,
        cast(null as bigint) as sequence_step,
        cast(null as {{ dbt.type_string() }}) as content_name,
        events.occurred_at,
        events.known_at
    from {{ of_changed_leads(ref('lead_sales_activities')) }} as events
    inner join {{ ref('classified_values') }} as kinds
        on
            kinds.entity = 'sales_activities'
            and kinds.field = 'kind_outcome'
            and events.kind_outcome = kinds.value

),

responses as (

    select
        {{ hash_of(["'campaign_responses'", 'events.response_id']) }} as activity_id,
        events.lead_id,
        kinds.activity_type,
        'campaign_responses' as source_entity,
        events.source_system,
        events.response_id as source_id,
        cast(null as {{ dbt.type_string() }}) as session_id,
        events.campaign_source_id,
        cast(null as {{ dbt.type_string() }}) as sequence_name,
        cast(null as bigint) as sequence_step,
        events.campaign_name as content_name,
        events.occurred_at,
        events.known_at
    from {{ of_changed_leads(ref('lead_campaign_responses')) }} as events
    inner join {{ ref('classified_values') }} as kinds
        on
            kinds.entity = 'campaign_responses'
            and kinds.field = 'kind_response'
            and events.kind_response = kinds.value

)

select * from web
union all
select * from messages
union all
select * from sales
union all
select * from responses
