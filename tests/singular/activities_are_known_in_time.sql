-- What was not known did not count: an activity is known when it happens at the earliest, when the lead exists at the
-- earliest, and by the as-of time. Else a backtest would see the future.
select
    activities.activity_id,
    activities.lead_id,
    activities.occurred_at,
    activities.known_at,
    leads.created_at
from {{ of_changed_leads(ref('activities')) }} as activities
inner join {{ ref('leads') }} as leads on activities.lead_id = leads.lead_id
where
    activities.known_at < activities.occurred_at
    or activities.known_at < leads.created_at
    or activities.known_at > {{ as_of() }}
