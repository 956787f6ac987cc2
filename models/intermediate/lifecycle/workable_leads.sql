-- Leads that somebody may work on: neither excluded nor disqualified now.
select
    leads.lead_id,
    leads.owner_id,
    coalesce(leads.has_opted_out, false) as has_opted_out,
    cycles.cycle_number,
    cycles.furthest_rank,
    cycles.cycle_sql_at,
    cycles.is_recycled
from {{ ref('resolved_leads') }} as leads
inner join {{ ref('current_cycles') }} as cycles on leads.lead_id = cycles.lead_id
left join {{ ref('exclusion_spans') }} as exclusions
    on
        leads.lead_id = exclusions.lead_id
        and exclusions.excluded_from <= {{ as_of() }}
        and exclusions.excluded_to > {{ as_of() }}
where exclusions.lead_id is null and not cycles.is_disqualified
