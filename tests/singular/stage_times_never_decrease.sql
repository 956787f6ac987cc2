-- Within a cycle no stage is entered before an earlier one (a stage that was jumped over has no time), nothing happens after
-- the cycle has ended, and a cycle begins where the one before it ended. Days between stages would be negative otherwise.
with

entries as (

    select
        lead_id,
        cycle_number,
        stage,
        entered_at,
        case stage when 'recycled' then 99 else {{ stage_rank('stage') }} end as stage_order
    from {{ ref('stage_transitions') }}
    where stage <> 'disqualified'

),

ordered as (

    select
        entries.*,
        max(entered_at) over (
            partition by lead_id
            order by cycle_number, stage_order
            rows between unbounded preceding and 1 preceding
        ) as earlier_at
    from entries

)

select
    lead_id,
    cycle_number,
    stage,
    entered_at,
    earlier_at
from ordered
where entered_at < earlier_at
