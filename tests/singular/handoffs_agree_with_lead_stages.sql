-- For a lead in its first cycle both marts say the same of rules and CRM, of opportunities and of wins, and a lead that is
-- recycled or disqualified now is in no hand-over that goes on.
select
    handoffs.lead_id,
    handoffs.cycle_number
from {{ ref('handoffs') }} as handoffs
inner join {{ ref('lead_stages') }} as stages on handoffs.lead_id = stages.lead_id
where
    (
        stages.cycle_number = 1
        and (
            (handoffs.stage = 'mql' and handoffs.agreement <> stages.mql_agreement)
            or (handoffs.stage = 'sql' and handoffs.agreement <> stages.sql_agreement)
            or (stages.is_opportunity and not handoffs.has_opportunity)
            or handoffs.is_won <> stages.is_customer
        )
    )
    or (handoffs.cycle_number < stages.cycle_number and handoffs.ended_at is null)
    or (handoffs.cycle_number = stages.cycle_number and stages.is_recycled)
    or (
        handoffs.cycle_number = stages.cycle_number
        and handoffs.ended_at is not null
        and not stages.is_disqualified
    )
