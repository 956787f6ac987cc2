select
    lead_id,
    attribute,
    value,
    valid_from
from {{ recorded_attributes(of_changed_leads(ref('resolved_leads'))) }} as recorded
