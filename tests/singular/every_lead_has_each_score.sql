-- Every lead has a score on every scorecard, if only of zero; a lead that dropped out would be missing from every list.
select
    leads.lead_id,
    scorecards.scorecard_id
from {{ ref('leads') }} as leads
cross join {{ ref('scorecards') }} as scorecards
left join {{ ref('lead_scores') }} as scores
    on
        leads.lead_id = scores.lead_id
        and scorecards.scorecard_id = scores.scorecard_id
where scores.lead_id is null
