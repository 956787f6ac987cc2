with

inbound as (

    select
        activities.lead_id,
        activities.occurred_at,
        min(activities.known_at) as known_at
    from {{ ref('observed_activities') }} as activities
    inner join {{ ref('activity_types') }} as types on activities.activity_type = types.activity_type
    where types.is_inbound
    group by activities.lead_id, activities.occurred_at

),

silences as (

    select
        lead_id,
        occurred_at,
        known_at,
        {{ add_time('occurred_at', var('inactivity_days'), 'day') }} as silent_since,
        -- When any later sign of life is known; a visit found out about afterwards rewrites nothing.
        min(known_at) over (
            partition by lead_id
            order by occurred_at
            rows between 1 following and unbounded following
        ) as next_known_at
    from inbound

)

select
    {{ hash_of(["'inactivity'", 'lead_id', 'occurred_at']) }} as activity_id,
    lead_id,
    'inactivity' as activity_type,
    'silences' as source_entity,
    cast(null as {{ dbt.type_string() }}) as source_system,
    cast(null as {{ dbt.type_string() }}) as source_id,
    cast(null as {{ dbt.type_string() }}) as session_id,
    cast(null as {{ dbt.type_string() }}) as campaign_source_id,
    cast(null as {{ dbt.type_string() }}) as sequence_name,
    cast(null as bigint) as sequence_step,
    cast(null as {{ dbt.type_string() }}) as content_name,
    silent_since as occurred_at,
    silent_since as known_at
from silences
where
    known_at <= silent_since
    and coalesce(next_known_at, {{ end_of_time() }}) > silent_since
