-- Which leads fell out, whose are they, and which of them are worth going back to first?
select
    leakage.leak_kind,
    leakage.leak_kinds,
    coalesce(leakage.owner_id, '(nobody)') as owner_id,
    leakage.lead_id,
    accounts.account_name,
    leakage.acquisition_channel,
    leakage.stage,
    leakage.grade,
    leakage.score,
    leakage.days_leaked,
    count(*) over (partition by leakage.leak_kind, leakage.owner_id) as count_leads_of_owner
from {{ ref('leakage') }} as leakage
left join {{ ref('accounts') }} as accounts on leakage.account_id = accounts.account_id
order by leakage.score desc, leakage.days_leaked asc, leakage.lead_id asc
