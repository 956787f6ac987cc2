-- Which companies have bought, for how much, and what is still open?
select
    accounts.account_id,
    accounts.account_name,
    accounts.industry,
    accounts.count_leads,
    sum(case when opportunities.is_won then opportunities.amount else 0 end) as won_amount,
    sum(case when not opportunities.is_closed then opportunities.amount else 0 end) as open_amount
from {{ ref('accounts') }} as accounts
inner join {{ ref('opportunities') }} as opportunities on accounts.account_id = opportunities.account_id
group by accounts.account_id, accounts.account_name, accounts.industry, accounts.count_leads
order by won_amount desc, open_amount desc, accounts.account_id asc
