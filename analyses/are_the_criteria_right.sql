-- Are the criteria right: which rules bring leads that sales accepts, which are too lenient or too early, and why does sales
-- reject theirs?
with

reasons as (

    select
        stage,
        rule_id,
        rejection_reason,
        sum(count_rejected) as count_rejected,
        row_number() over (
            partition by stage, rule_id
            order by sum(count_rejected) desc, rejection_reason asc
        ) as reason_rank
    from {{ ref('alignment_rejections') }}
    group by stage, rule_id, rejection_reason

),

rules as (

    select
        stage,
        rule_id,
        sum(count_handed_over) as count_handed_over,
        sum(count_undecided) as count_undecided,
        sum(count_accepted) as count_accepted,
        sum(count_rejected) as count_rejected,
        sum(count_premature) as count_premature,
        sum(count_rules_only) as count_rules_only,
        sum(count_won) as count_won,
        max(case when is_too_lenient then handover_month end) as last_too_lenient_month
    from {{ ref('alignment') }}
    group by stage, rule_id

)

select
    rules.stage,
    rules.rule_id,
    rules.count_handed_over,
    rules.count_undecided,
    {{ rate('rules.count_accepted', 'rules.count_accepted + rules.count_rejected') }} as precision_rate,
    {{ wilson('rules.count_accepted', '(rules.count_accepted + rules.count_rejected)', -1) }} as precision_rate_low,
    {{ wilson('rules.count_accepted', '(rules.count_accepted + rules.count_rejected)', 1) }} as precision_rate_high,
    {{ rate('rules.count_premature', 'rules.count_handed_over') }} as premature_rate,
    {{ rate('rules.count_rules_only', 'rules.count_handed_over') }} as rules_only_rate,
    {{ rate('rules.count_won', 'rules.count_handed_over') }} as won_rate,
    reasons.rejection_reason as most_frequent_reason,
    rules.last_too_lenient_month
from rules
left join reasons
    on
        rules.stage = reasons.stage
        and rules.rule_id = reasons.rule_id
        and reasons.reason_rank = 1
order by precision_rate asc nulls last, rules.count_handed_over desc, rules.rule_id asc
