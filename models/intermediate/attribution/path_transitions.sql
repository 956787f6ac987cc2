with

moves as (

    select
        target,
        previous_channel,
        channel,
        '(conversion)' as end_state,
        count(*) as count_moves,
        sum(case when position = count_steps then 1 else 0 end) as count_ends
    from {{ ref('conversion_steps') }}
    group by target, previous_channel, channel
    union all
    select
        target,
        previous_channel,
        channel,
        '(null)' as end_state,
        count_moves,
        count_ends
    from {{ ref('lost_moves') }}
    where {{ var('attribution_with_non_converting') | lower }}

),

transitions as (

    select
        target,
        coalesce(previous_channel, '(start)') as from_state,
        channel as to_state,
        sum(count_moves) as count_transitions
    from moves
    group by target, coalesce(previous_channel, '(start)'), channel
    union all
    select
        target,
        channel as from_state,
        end_state as to_state,
        sum(count_ends) as count_transitions
    from moves
    where count_ends > 0
    group by target, channel, end_state

)

select
    target,
    from_state,
    to_state,
    cast(count_transitions as bigint) as count_transitions,
    {{ rate('count_transitions', 'sum(count_transitions) over (partition by target, from_state)') }} as transition_rate
from transitions
