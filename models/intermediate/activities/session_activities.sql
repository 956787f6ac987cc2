with

lead_sessions as (

    select
        sessions.*,
        -- The moment from which an earlier visit of this lead is known, on whichever device.
        min(known_at) over (
            partition by lead_id
            order by started_at, session_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_known_at
    from {{ of_changed_leads(ref('visitor_sessions')) }} as sessions
    where lead_id is not null

),

derived as (

    select
        lead_sessions.*,
        'long_visit' as activity_type,
        known_at as derived_known_at
    from lead_sessions
    where
        engaged_seconds >= {{ var('long_visit_seconds') }}
        or ended_at >= {{ add_time('started_at', var('long_visit_seconds'), 'second') }}
    union all
    select
        lead_sessions.*,
        'pricing_dwell' as activity_type,
        known_at as derived_known_at
    from lead_sessions
    where pricing_engaged_seconds >= {{ var('pricing_dwell_seconds') }}
    union all
    select
        lead_sessions.*,
        'return_visit' as activity_type,
        greatest(known_at, earlier_known_at) as derived_known_at
    from lead_sessions
    where earlier_known_at is not null

)

select
    {{ hash_of(['activity_type', 'session_id']) }} as activity_id,
    lead_id,
    activity_type,
    'sessions' as source_entity,
    source_system,
    session_id as source_id,
    session_id,
    cast(null as {{ dbt.type_string() }}) as campaign_source_id,
    cast(null as {{ dbt.type_string() }}) as sequence_name,
    cast(null as bigint) as sequence_step,
    cast(null as {{ dbt.type_string() }}) as content_name,
    ended_at as occurred_at,
    derived_known_at as known_at
from derived
