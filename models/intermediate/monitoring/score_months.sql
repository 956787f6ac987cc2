-- The months in which there was a lead, and when in each of them the scores are looked at: as the month ends, or now.
with

first_months as (

    select {{ month_of('min(created_at)') }} as first_month
    from {{ ref('resolved_leads') }}

),

months as (

    select
        {{ add_time('cast(first_months.first_month as timestamp)', 'numbers.step_number', 'month') }} as started_at,
        {{ add_time('cast(first_months.first_month as timestamp)', 'numbers.step_number + 1', 'month') }} as ended_at
    from first_months
    cross join {{ ref('step_numbers') }} as numbers
    where
        {{ add_time('cast(first_months.first_month as timestamp)', 'numbers.step_number', 'month') }} < {{ as_of() }}

),

decided as (

    select
        cast(started_at as date) as score_month,
        least({{ add_time('ended_at', -1, 'microsecond') }}, {{ as_of() }}) as decided_at
    from months

)

select
    score_month,
    decided_at,
    {{ add_time('decided_at', var('outcome_days'), 'day') }} as outcome_ends_at,
    {{ add_time('decided_at', var('outcome_days'), 'day') }} <= {{ as_of() }} as is_mature
from decided
