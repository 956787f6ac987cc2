-- How many leads had which score as a month ended, and how many of them bought within the outcome window. The score is the
-- step that held then, so it is what was known then; nothing is computed anew.
with

-- Most steps begin and end within a month.
lasting_steps as (

    select
        lead_id,
        scorecard_id,
        score,
        entered_at,
        held_until
    from {{ ref('score_steps') }}
    where
        entered_at <= {{ as_of() }}
        and (held_until > {{ as_of() }} or {{ month_of('entered_at') }} < {{ month_of('held_until') }})

)

select
    steps.scorecard_id,
    months.score_month,
    steps.score,
    count(*) as count_leads,
    cast(sum(case when customers.customer_at < months.outcome_ends_at then 1 else 0 end) as bigint) as count_wins
from {{ ref('score_months') }} as months
inner join lasting_steps as steps
    on
        months.decided_at >= steps.entered_at
        and months.decided_at < steps.held_until
left join {{ ref('first_stage_times') }} as customers on steps.lead_id = customers.lead_id
-- Who is a customer already has nothing left to predict.
where customers.customer_at is null or customers.customer_at > months.decided_at
group by steps.scorecard_id, months.score_month, steps.score
