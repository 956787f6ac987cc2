-- Who was quick is in neither group: else "not enrolled" would be those who had no time to be.
with

entries as (

    select
        lead_id,
        'lead' as stage,
        reached_mql_at as reached_next_at,
        reached_customer_at,
        created_at as entered_at
    from {{ ref('reached_stages') }}
    union all
    select
        lead_id,
        'mql' as stage,
        reached_sql_at as reached_next_at,
        reached_customer_at,
        entered_mql_at as entered_at
    from {{ ref('reached_stages') }}
    where entered_mql_at is not null

),

entries_with_landmarks as (

    select
        entries.*,
        {{ add_time('entered_at', var('nurture_enrolment_days'), 'day') }} as landmark_at
    from entries

),

exits as (

    select
        lead_id,
        ended_at as left_at
    from {{ ref('lead_cycles') }}
    where ended_at is not null
    {{ union_distinct() }}
    select
        lead_id,
        entered_at as left_at
    from {{ ref('crm_stage_events') }}
    where stage = 'disqualified'

)

select
    lead_id,
    stage,
    {{ month_of('entered_at') }} as entry_month,
    coalesce(reached_next_at < {{ add_time('landmark_at', var('nurture_outcome_days'), 'day') }}, false) as has_next_stage,
    coalesce(reached_customer_at < {{ add_time('landmark_at', var('nurture_outcome_days'), 'day') }}, false)
        as has_become_customer,
    {{ add_time('landmark_at', var('nurture_outcome_days'), 'day') }} <= {{ as_of() }} as is_mature,
    entered_at,
    landmark_at
from entries_with_landmarks
where
    landmark_at <= {{ as_of() }}
    and coalesce(reached_next_at > landmark_at, true)
    and not exists (
        select 1
        from exits
        where
            entries_with_landmarks.lead_id = exits.lead_id
            and exits.left_at >= entries_with_landmarks.entered_at
            and exits.left_at <= entries_with_landmarks.landmark_at
    )
