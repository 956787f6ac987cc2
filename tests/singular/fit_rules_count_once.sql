-- A fit rule gives its points once or not at all, at every moment, however often its attribute was recorded or its records
-- were merged.
with

versions as (

    select distinct
        scorecard_id,
        rule_id,
        points
    from {{ ref('fit_rules') }}

),

rules as (

    select distinct
        scorecard_id,
        rule_id
    from versions

)

select
    ledger.lead_id,
    ledger.scorecard_id,
    ledger.rule_id,
    ledger.entered_at,
    ledger.rule_points
from {{ of_changed_leads(ref('score_ledger')) }} as ledger
inner join rules
    on
        ledger.scorecard_id = rules.scorecard_id
        and ledger.rule_id = rules.rule_id
left join versions
    on
        ledger.scorecard_id = versions.scorecard_id
        and ledger.rule_id = versions.rule_id
        and ledger.rule_points = versions.points
where ledger.dimension = 'fit' and ledger.rule_points <> 0 and versions.rule_id is null
