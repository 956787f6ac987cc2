-- The activities of the leads that are computed, each with a number: many entries are made of each, and ids are long.
select
    row_number() over (order by activities.activity_id) as activity_number,
    activities.activity_id,
    activities.lead_id,
    activities.activity_type,
    activities.occurred_at,
    activities.known_at
from {{ of_changed_leads(ref('lead_activities')) }} as activities
