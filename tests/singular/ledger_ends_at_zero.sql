-- What is granted for a time is taken back to the last fraction of a point: at the end of the ledger's future, a rule whose
-- activities all expire or fade out has given nothing. Points left over would stay on the score for ever.
with

lasting as (

    select
        scorecard_id,
        rule_id,
        sum(case when window_days is null and decay <> 'linear' then 1 else 0 end) as count_lasting_versions
    from {{ ref('engagement_rules') }}
    group by scorecard_id, rule_id

)

select
    ledger.lead_id,
    ledger.scorecard_id,
    ledger.rule_id,
    sum(ledger.points) as points_left
from {{ of_changed_leads(ref('score_ledger')) }} as ledger
inner join lasting
    on
        ledger.scorecard_id = lasting.scorecard_id
        and ledger.rule_id = lasting.rule_id
where lasting.count_lasting_versions = 0
group by ledger.lead_id, ledger.scorecard_id, ledger.rule_id
having sum(ledger.points) <> 0
