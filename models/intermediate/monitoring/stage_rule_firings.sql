{{ config(materialized='view') }}

-- A stage rule fires for a lead when it begins to hold.
with

spans as (

    select
        lead_id,
        stage_rule_id,
        holds_from,
        holds_to,
        lag(holds_to) over (partition by lead_id, stage_rule_id order by holds_from) as held_to_before
    from {{ ref('stage_rule_spans') }}
    where holds_from <= {{ as_of() }}

),

rules as (

    select distinct
        stage_rule_id,
        scorecard_id,
        stage,
        rule_id
    from {{ ref('stage_clauses') }}

)

select
    spans.lead_id,
    rules.scorecard_id,
    'stage' as rule_kind,
    rules.stage,
    rules.rule_id,
    cast(null as decimal(18, 6)) as points,
    max(case when spans.holds_to > {{ as_of() }} then 1 else 0 end) as holds_now,
    min(spans.holds_from) as first_fired_at,
    -- Where one version of a clause follows another, the rule goes on.
    max(case when spans.held_to_before is null or spans.held_to_before < spans.holds_from then spans.holds_from end)
        as last_fired_at
from spans
inner join rules on spans.stage_rule_id = rules.stage_rule_id
group by spans.lead_id, rules.scorecard_id, rules.stage, rules.rule_id
