-- When each scorecard's own rules first say that a lead is in a stage, whoever has the authority and whatever else happened.
with

rules as (

    select distinct
        stage_rule_id,
        scorecard_id,
        stage,
        rule_id
    from {{ ref('stage_clauses') }}

),

moments as (

    select
        spans.lead_id,
        rules.scorecard_id,
        rules.stage,
        rules.rule_id,
        spans.holds_from as entered_at,
        row_number() over (
            partition by spans.lead_id, rules.scorecard_id, rules.stage
            order by spans.holds_from, rules.rule_id
        ) as moment_number
    from {{ ref('stage_rule_spans') }} as spans
    inner join rules on spans.stage_rule_id = rules.stage_rule_id
    inner join {{ ref('resolved_leads') }} as leads
        on
            spans.lead_id = leads.lead_id
            and spans.holds_from >= leads.created_at
    where spans.holds_from <= {{ as_of() }}

)

select
    lead_id,
    scorecard_id,
    stage,
    rule_id,
    entered_at
from moments
where moment_number = 1
