-- Who has a say in a purchase, as far as it is known: the account's leads that somebody may work on, with their scores now.
with

members as (

    select
        accounts.source_system,
        accounts.account_source_id,
        leads.lead_id,
        nullif(trim(coalesce(roles.job_level, '') || ' ' || coalesce(roles.job_function, '')), '') as job_role
    from {{ ref('lead_accounts') }} as accounts
    inner join {{ ref('workable_leads') }} as workable on accounts.lead_id = workable.lead_id
    inner join {{ ref('resolved_leads') }} as leads on accounts.lead_id = leads.lead_id
    left join {{ ref('job_roles') }} as roles on leads.job_title = roles.job_title

)

select
    members.source_system,
    members.account_source_id,
    members.lead_id,
    steps.scorecard_id,
    members.job_role,
    steps.fit_score,
    steps.engagement_score,
    steps.score,
    steps.engagement_score > 0 as is_engaged
from members
inner join {{ ref('score_steps') }} as steps
    on
        members.lead_id = steps.lead_id
        and steps.entered_at <= {{ as_of() }}
        and steps.held_until > {{ as_of() }}
