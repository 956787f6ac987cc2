-- How many of the leads that were no customers yet at an age bought within the outcome window from then on. What a rule
-- that fires at that age is held against: leads that never fire would be a group that is chosen by its future, for whoever
-- buys early has no time to.
select
    numbers.step_number as age_week,
    count(*) as count_leads,
    sum(
        case
            when
                outcomes.customer_at
                < {{ add_time('outcomes.created_at', 'numbers.step_number * 7 + ' ~ var('outcome_days'), 'day') }}
                then 1
            else 0
        end
    ) as count_wins
from {{ ref('lead_outcomes') }} as outcomes
inner join {{ ref('step_numbers') }} as numbers
    on
        numbers.step_number <= {{ last_age_week() }}
        and {{ add_time('outcomes.created_at', 'numbers.step_number * 7 + ' ~ var('outcome_days'), 'day') }} <= {{ as_of() }}
        and coalesce(outcomes.customer_at, {{ end_of_time() }})
        > {{ add_time('outcomes.created_at', 'numbers.step_number * 7', 'day') }}
group by numbers.step_number
