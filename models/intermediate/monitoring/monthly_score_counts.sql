-- How many leads had which score as a month ended, and how many of them bought within the outcome window. The score is the
-- step that held then, so it is what was known then; nothing is computed anew.
select
    steps.scorecard_id,
    months.score_month,
    steps.score,
    count(*) as count_leads,
    cast(sum(case when customers.customer_at < months.outcome_ends_at then 1 else 0 end) as bigint) as count_wins
from {{ ref('score_months') }} as months
inner join {{ ref('score_steps') }} as steps
    on
        months.decided_at >= steps.entered_at
        and months.decided_at < steps.held_until
left join {{ ref('first_stage_times') }} as customers on steps.lead_id = customers.lead_id
-- Who is a customer already has nothing left to predict.
where customers.customer_at is null or customers.customer_at > months.decided_at
group by steps.scorecard_id, months.score_month, steps.score
