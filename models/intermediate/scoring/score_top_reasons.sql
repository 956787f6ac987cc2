-- The three rules that give a lead the most points now, in words.
with

rule_points as (

    select
        ledger.lead_id,
        ledger.scorecard_id,
        ledger.rule_id,
        min(rules.description) as description,
        cast(sum(ledger.points_change) as decimal(18, 6)) as points
    from {{ ref('ledger_entries') }} as ledger
    inner join {{ ref('score_groups') }} as groups
        on
            ledger.scorecard_id = groups.scorecard_id
            and ledger.group_id = groups.group_id
    -- By dimension, for an earlier version of the rule may have been in another group.
    inner join {{ ref('points_rules') }} as rules
        on
            ledger.scorecard_id = rules.scorecard_id
            and ledger.rule_id = rules.rule_id
            and groups.dimension = rules.dimension
    where ledger.entered_at <= {{ as_of() }}
    group by ledger.lead_id, ledger.scorecard_id, ledger.rule_id
    having sum(ledger.points_change) > 0

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
