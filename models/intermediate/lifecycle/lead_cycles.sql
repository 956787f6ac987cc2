-- From the lead's creation, each cycle begins where the one before it ended.
with recursive

chain as (

    select
        lead_id,
        1 as cycle_number,
        started_at,
        ended_at,
        end_reason
    from {{ ref('possible_cycles') }}
    where is_first
    union all
    select
        cycles.lead_id,
        chain.cycle_number + 1 as cycle_number,
        cycles.started_at,
        cycles.ended_at,
        cycles.end_reason
    from chain
    inner join {{ ref('possible_cycles') }} as cycles
        on
            chain.lead_id = cycles.lead_id
            and chain.ended_at = cycles.started_at
    where not cycles.is_first

)

select * from chain
