{#- Counted back from the clock, not on from the first day: one lead with a wrong year must not push out this year. -#}

with

beginnings as (

    select {{ month_of('min(first_seen_at)') }} as first_date
    from {{ ref('leads') }}
    union all
    select {{ month_of('min(created_at)') }} as first_date
    from {{ ref('leads') }}
    union all
    select {{ month_of('min(created_at)') }} as first_date
    from {{ ref('opportunities') }}
    union all
    select {{ month_of('min(closed_at)') }} as first_date
    from {{ ref('opportunities') }}
    union all
    select min(cohort_month) as first_date
    from {{ ref('channel_conversions') }}

),

beginning as (

    select min(first_date) as first_date
    from beginnings

),

days as (

    select {{ add_time("date_trunc('day', " ~ as_of() ~ ")", '-numbers.step_number', 'day') }} as started_at
    from {{ ref('step_numbers') }} as numbers

)

select
    {{ add_time("date_trunc('month', days.started_at)", 1, 'month') }} <= {{ as_of() }} as is_month_over,
    cast(days.started_at as date) as calendar_date,
    cast(date_trunc('week', days.started_at) as date) as calendar_week,
    {{ month_of('days.started_at') }} as calendar_month,
    cast(date_trunc('quarter', days.started_at) as date) as calendar_quarter
from days
cross join beginning
where cast(days.started_at as date) >= beginning.first_date
