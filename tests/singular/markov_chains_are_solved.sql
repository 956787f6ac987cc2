-- A chain that is made of paths comes into each state as often as the paths do, and converts as often. If too few steps of
-- it had been summed up, both would be too small.
with

entries as (

    select
        target,
        to_state,
        sum(count_transitions) as count_entries
    from {{ ref('path_transitions') }}
    group by target, to_state

),

starts as (

    select
        target,
        sum(count_transitions) as count_paths
    from {{ ref('path_transitions') }}
    where from_state = '(start)'
    group by target

),

chances as (

    select
        visits.target,
        '(conversion)' as to_state,
        sum(visits.expected_visits * transitions.transition_rate) as expected_visits
    from {{ ref('channel_visits') }} as visits
    inner join {{ ref('path_transitions') }} as transitions
        on
            visits.target = transitions.target
            and visits.to_state = transitions.from_state
            and transitions.to_state = '(conversion)'
    where visits.from_state = '(start)'
    group by visits.target

),

solved as (

    select
        target,
        to_state,
        expected_visits
    from {{ ref('channel_visits') }}
    where from_state = '(start)'
    union all
    select * from chances

)

select
    entries.target,
    entries.to_state,
    entries.count_entries,
    solved.expected_visits * starts.count_paths as expected_entries
from entries
inner join starts on entries.target = starts.target
left join solved
    on
        entries.target = solved.target
        and entries.to_state = solved.to_state
where
    entries.to_state <> '(null)'
    and abs(coalesce(solved.expected_visits, 0) * starts.count_paths - entries.count_entries)
    > 1e-6 * entries.count_entries
