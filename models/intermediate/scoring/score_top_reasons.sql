-- The three rules that give a lead the most points now, in words.
with

-- A rule that has moved to another group may give points in both.
rule_points as (

    select
        lead_id,
        scorecard_id,
        rule_id,
        min(description) as description,
        cast(sum(points) as decimal(18, 6)) as points
    from {{ ref('current_rule_points') }}
    group by lead_id, scorecard_id, rule_id
    having sum(points) > 0

),

ranked as (

    select
        lead_id,
        scorecard_id,
        description || ' (' || {{ plain_number('points') }} || ')' as reason,
        row_number() over (
            partition by lead_id, scorecard_id
            order by points desc, rule_id asc
        ) as reason_rank
    from rule_points

)

select
    lead_id,
    scorecard_id,
    max(case when reason_rank = 1 then reason end)
    || coalesce('; ' || max(case when reason_rank = 2 then reason end), '')
    || coalesce('; ' || max(case when reason_rank = 3 then reason end), '') as top_reasons
from ranked
where reason_rank <= 3
group by lead_id, scorecard_id
