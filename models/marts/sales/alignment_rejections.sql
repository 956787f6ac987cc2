-- A lead that sales gave back after it had accepted it was not rejected; those stand in handoffs only.
with

rejected as (

    select
        {{ month_of('handed_over_at') }} as handover_month,
        scorecard_id,
        stage,
        coalesce(rule_id, '(crm)') as rule_id,
        coalesce(rejection_reason, '(none)') as rejection_reason
    from {{ ref('handoffs') }}
    where is_rejected

),

counted as (

    select
        handover_month,
        scorecard_id,
        stage,
        rule_id,
        rejection_reason,
        count(*) as count_rejected
    from rejected
    group by handover_month, scorecard_id, stage, rule_id, rejection_reason

)

select
    handover_month,
    scorecard_id,
    stage,
    rule_id,
    rejection_reason,
    cast(
        row_number() over (
            partition by handover_month, scorecard_id, stage, rule_id
            order by count_rejected desc, rejection_reason asc
        ) as bigint
    ) as reason_rank,
    cast(count_rejected as bigint) as count_rejected
from counted
