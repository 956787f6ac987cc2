-- Which accounts to work on: no customer yet, several people engaged, good fit, and nobody is selling to them?
select
    accounts.account_name,
    accounts.domain,
    scores.account_id,
    scores.account_grade,
    scores.engagement_score,
    scores.count_engaged_leads,
    scores.roles,
    scores.best_lead_id,
    scores.best_grade,
    leads.owner_id,
    scores.is_account_mql,
    scores.last_activity_at
from {{ ref('account_scores') }} as scores
inner join {{ ref('accounts') }} as accounts on scores.account_id = accounts.account_id
left join {{ ref('leads') }} as leads on scores.best_lead_id = leads.lead_id
where
    scores.is_champion
    and not scores.is_customer
    and scores.count_open_opportunities = 0
    and scores.count_engaged_leads > 0
order by
    scores.account_grade asc, scores.count_engaged_leads desc, scores.engagement_score desc, scores.account_id asc
