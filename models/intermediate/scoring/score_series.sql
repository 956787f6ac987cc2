-- The long sums of scores go by a number, for long keys make them slow and large.
select
    row_number() over (order by leads.lead_id, scorecards.scorecard_id) as series_number,
    leads.lead_id,
    scorecards.scorecard_id,
    scorecards.max_score,
    leads.created_at
from {{ of_changed_leads(ref('resolved_leads')) }} as leads
cross join {{ ref('scorecards') }} as scorecards
