with

counted as (

    select
        activities.lead_id,
        clauses.clause_version_id,
        activities.occurred_at,
        activities.known_at,
        clauses.window_days
    from {{ of_changed_leads(ref('lead_activities')) }} as activities
    inner join {{ ref('stage_clauses') }} as clauses on activities.activity_type = clauses.activity_type
    where
        clauses.window_days is null
        or activities.known_at < {{ add_time('activities.occurred_at', 'clauses.window_days', 'day') }}

),

changes as (

    select
        lead_id,
        clause_version_id,
        known_at as checked_at,
        1 as count_change
    from counted
    union all
    select
        lead_id,
        clause_version_id,
        {{ add_time('occurred_at', 'window_days', 'day') }} as checked_at,
        -1 as count_change
    from counted
    where window_days is not null
    union all
    -- A clause that holds with no activity at all holds from the start.
    select
        leads.lead_id,
        clauses.clause_version_id,
        leads.created_at as checked_at,
        0 as count_change
    from {{ of_changed_leads(ref('resolved_leads')) }} as leads
    cross join {{ ref('stage_clauses') }} as clauses
    where clauses.metric like 'count:%' and {{ meets('clauses.operator', '0', 'clauses.needed_value') }}

),

summed as (

    select
        lead_id,
        clause_version_id,
        checked_at,
        sum(count_change) as count_change
    from changes
    group by lead_id, clause_version_id, checked_at

),

accumulated as (

    select
        lead_id,
        clause_version_id,
        checked_at,
        sum(count_change) over (
            partition by lead_id, clause_version_id
            order by checked_at
            rows between unbounded preceding and current row
        ) as actual_value
    from summed

)

select
    accumulated.lead_id,
    accumulated.clause_version_id,
    accumulated.checked_at,
    cast(accumulated.actual_value as decimal(18, 6)) as actual_value,
    {{ meets('clauses.operator', 'accumulated.actual_value', 'clauses.needed_value') }} as is_met
from accumulated
inner join {{ ref('stage_clauses') }} as clauses on accumulated.clause_version_id = clauses.clause_version_id
