-- Nothing gives points before the lead exists: anonymous visits count from when they are known. Else a score of the past
-- would know what nobody knew then.
select
    ledger.ledger_entry_id,
    ledger.lead_id,
    ledger.entered_at,
    leads.created_at
from {{ of_changed_leads(ref('score_ledger')) }} as ledger
inner join {{ ref('leads') }} as leads on ledger.lead_id = leads.lead_id
where ledger.entered_at < leads.created_at
