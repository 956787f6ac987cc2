with

transitions as (

    select
        target as chain,
        from_state,
        to_state,
        transition_rate
    from {{ ref('path_transitions') }}
    where to_state not in ('(conversion)', '(null)')

),

states as (

    select distinct
        target as chain,
        from_state as state
    from {{ ref('path_transitions') }}

),

visits as (

    {{ expected_visits('transitions', 'states') }}

)

select
    chain as target,
    from_state,
    to_state,
    expected_visits
from visits
