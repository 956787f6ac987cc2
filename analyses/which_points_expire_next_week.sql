-- Which rules lose points by themselves in the next seven days, and for how many leads?
select
    ledger.rule_id,
    count(distinct ledger.lead_id) as count_leads,
    sum(ledger.points) as points
from {{ ref('score_ledger') }} as ledger
inner join {{ ref('lead_scores') }} as scores
    on
        ledger.lead_id = scores.lead_id
        and ledger.scorecard_id = scores.scorecard_id
where
    scores.is_champion
    and ledger.is_future
    and ledger.points < 0
    and ledger.entered_at <= {{ add_time('scores.as_of', 7, 'day') }}
group by ledger.rule_id
order by points asc, ledger.rule_id asc
