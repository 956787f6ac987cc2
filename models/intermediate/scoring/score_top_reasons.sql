-- The three rules that give a lead the most points now, in words.
with

-- Summed before the names are joined: entries are many, rules are few.
summed as (

    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        sum(points_change) as points
    from {{ ref('ledger_entries') }}
    where entered_at <= {{ as_of() }}
    group by lead_id, scorecard_id, rule_id, group_id
    having sum(points_change) <> 0

),

rule_points as (

    select
        summed.lead_id,
        summed.scorecard_id,
        summed.rule_id,
        min(rules.description) as description,
        cast(sum(summed.points) as decimal(18, 6)) as points
    from summed
    inner join {{ ref('score_groups') }} as groups
        on
            summed.scorecard_id = groups.scorecard_id
            and summed.group_id = groups.group_id
    -- By dimension, for an earlier version of the rule may have been in another group.
    inner join {{ ref('points_rules') }} as rules
        on
            summed.scorecard_id = rules.scorecard_id
            and summed.rule_id = rules.rule_id
            and groups.dimension = rules.dimension
    group by summed.lead_id, summed.scorecard_id, summed.rule_id
    having sum(summed.points) > 0

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
