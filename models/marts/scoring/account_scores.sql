with

accounts as (

    select
        accounts.source_system,
        accounts.account_source_id,
        {{ hash_of(['accounts.source_system', 'accounts.account_source_id']) }} as account_id,
        accounts.count_leads,
        accounts.mql_at,
        accounts.last_activity_at
    from {{ ref('committee_histories') }} as accounts

),

-- An opportunity that names no account is that of its lead's.
deals as (

    select
        coalesce(opportunities.account_id, leads.account_id) as account_id,
        sum(case when opportunities.is_closed then 0 else 1 end) as count_open_opportunities,
        max(case when opportunities.is_won then 1 else 0 end) as has_won
    from {{ ref('opportunities') }} as opportunities
    left join {{ ref('leads') }} as leads on opportunities.lead_id = leads.lead_id
    group by coalesce(opportunities.account_id, leads.account_id)

)

select
    accounts.account_id,
    scorecards.scorecard_id,
    scores.best_lead_id,
    lead_scores.grade as best_grade,
    scores.grade as account_grade,
    roles.roles,
    cast(scores.best_score as decimal(18, 6)) as best_score,
    cast(scores.best_fit_score as decimal(18, 6)) as best_fit_score,
    cast(coalesce(scores.engagement_score, 0) as decimal(18, 6)) as engagement_score,
    cast(accounts.count_leads as bigint) as count_leads,
    cast(coalesce(scores.count_members, 0) as bigint) as count_committee_leads,
    cast(coalesce(scores.count_engaged, 0) as bigint) as count_engaged_leads,
    cast(coalesce(roles.count_roles, 0) as bigint) as count_roles,
    cast(coalesce(deals.count_open_opportunities, 0) as bigint) as count_open_opportunities,
    scorecards.is_champion,
    -- Stages follow the champion's rules, so they say nothing about a challenger.
    case when scorecards.is_champion then accounts.mql_at is not null end as is_account_mql,
    coalesce(deals.has_won, 0) = 1 as is_customer,
    case when scorecards.is_champion then accounts.mql_at end as account_mql_at,
    accounts.last_activity_at
from accounts
cross join {{ ref('scorecards') }} as scorecards
left join {{ ref('committee_scores') }} as scores
    on
        accounts.source_system = scores.source_system
        and accounts.account_source_id = scores.account_source_id
        and scorecards.scorecard_id = scores.scorecard_id
left join {{ ref('committee_roles') }} as roles
    on
        accounts.source_system = roles.source_system
        and accounts.account_source_id = roles.account_source_id
        and scorecards.scorecard_id = roles.scorecard_id
left join {{ ref('lead_scores') }} as lead_scores
    on
        scores.best_lead_id = lead_scores.lead_id
        and scores.scorecard_id = lead_scores.scorecard_id
left join deals on accounts.account_id = deals.account_id
