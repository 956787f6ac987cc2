-- No stage is entered before the person is a lead, nor after the moment that the build looks from.
select
    transitions.lead_id,
    transitions.stage,
    transitions.entered_at,
    leads.created_at
from {{ ref('stage_transitions') }} as transitions
inner join {{ ref('leads') }} as leads on transitions.lead_id = leads.lead_id
where
    transitions.entered_at < leads.created_at
    or transitions.entered_at > {{ as_of() }}
    or (transitions.stage = 'lead' and transitions.entered_at <> leads.created_at)
