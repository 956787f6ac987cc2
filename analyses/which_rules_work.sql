-- Which rules find buyers, which tell nothing, which never fire, and which give points against what they show?
select
    scorecard_id,
    rule_kind,
    stage,
    rule_id,
    points,
    count_mature_leads,
    win_rate,
    base_win_rate,
    lift,
    sql_rate,
    case
        when not is_valid then 'not valid now'
        when not has_fired then 'never fires'
        when is_informative is null then 'too young to judge'
        when not is_informative then 'tells nothing so far'
        when (lift > 1 and points < 0) or (lift < 1 and points > 0) then 'points the wrong way'
        when lift < 1 and rule_kind = 'stage' then 'points the wrong way'
        else 'works'
    end as verdict
from {{ ref('rule_effectiveness') }}
order by scorecard_id asc, rule_kind asc, lift desc nulls last
