with

visits as (

    select * from {{ ref('channel_visits') }}

),

-- The chance to convert in the end, by the state that a path is in.
chances as (

    select
        visits.target,
        visits.from_state as state,
        cast(sum(
            cast(visits.expected_visits * transitions.transition_rate as {{ wide_decimal(22) }})
        ) as {{ dbt.type_float() }}) as conversion_rate
    from visits
    inner join {{ ref('path_transitions') }} as transitions
        on
            visits.target = transitions.target
            and visits.to_state = transitions.from_state
            and transitions.to_state = '(conversion)'
    group by visits.target, visits.from_state

),

-- A path ever comes through a channel with the chance of its visits from the start by those from itself. Without the
-- channel these paths are lost, so one matrix answers for the removal of each.
removed as (

    select
        from_start.target,
        from_start.to_state as channel,
        from_start.expected_visits / from_itself.expected_visits as visit_rate,
        coalesce(chances.conversion_rate, 0) as conversion_rate,
        from_start.expected_visits / from_itself.expected_visits
        * coalesce(chances.conversion_rate, 0) / starts.conversion_rate as removal_effect
    from visits as from_start
    inner join visits as from_itself
        on
            from_start.target = from_itself.target
            and from_start.to_state = from_itself.from_state
            and from_start.to_state = from_itself.to_state
    inner join chances as starts
        on
            from_start.target = starts.target
            and starts.state = '(start)'
    left join chances
        on
            from_start.target = chances.target
            and from_start.to_state = chances.state
    where from_start.from_state = '(start)' and from_start.to_state <> '(start)'

),

summed as (

    select
        target,
        cast(sum(cast(removal_effect as {{ wide_decimal(22) }})) as {{ dbt.type_float() }}) as sum_effects
    from removed
    group by target

)

select
    removed.target,
    removed.channel,
    removed.visit_rate,
    removed.conversion_rate,
    removed.removal_effect,
    removed.removal_effect / summed.sum_effects as credit_rate
from removed
inner join summed on removed.target = summed.target
