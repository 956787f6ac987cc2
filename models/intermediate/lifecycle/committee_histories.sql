-- What the committee has done: when the first of it became an MQL or went further, and when any of it last came of itself.
with

mqls as (

    select
        lead_id,
        min(entered_at) as mql_at
    from {{ ref('cycle_stages') }}
    where entered_at is not null
    group by lead_id

),

inbound as (

    select
        activities.lead_id,
        max(activities.occurred_at) as last_activity_at
    from {{ ref('lead_activities') }} as activities
    inner join {{ ref('activity_types') }} as types on activities.activity_type = types.activity_type
    where types.is_inbound
    group by activities.lead_id

)

select
    accounts.source_system,
    accounts.account_source_id,
    count(*) as count_leads,
    min(case when workable.lead_id is not null then mqls.mql_at end) as mql_at,
    max(case when workable.lead_id is not null then inbound.last_activity_at end) as last_activity_at
from {{ ref('lead_accounts') }} as accounts
left join {{ ref('workable_leads') }} as workable on accounts.lead_id = workable.lead_id
left join mqls on accounts.lead_id = mqls.lead_id
left join inbound on accounts.lead_id = inbound.lead_id
group by accounts.source_system, accounts.account_source_id
