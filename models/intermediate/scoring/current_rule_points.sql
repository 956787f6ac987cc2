-- What each rule gives a lead at the as-of time.
select
    entries.lead_id,
    entries.scorecard_id,
    entries.rule_id,
    entries.group_id,
    groups.dimension,
    rules.description,
    entries.rule_points as points
from {{ ref('ledger_entries') }} as entries
inner join {{ ref('score_groups') }} as groups
    on
        entries.scorecard_id = groups.scorecard_id
        and entries.group_id = groups.group_id
-- By dimension, for an earlier version of the rule may have been in another group.
inner join {{ ref('points_rules') }} as rules
    on
        entries.scorecard_id = rules.scorecard_id
        and entries.rule_id = rules.rule_id
        and groups.dimension = rules.dimension
where
    entries.entered_at <= {{ as_of() }}
    and entries.held_until > {{ as_of() }}
    and entries.rule_points <> 0
