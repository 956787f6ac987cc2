-- One member for each person in a campaign: the registration and the participation are two moments of it.
with

converted as (
    select distinct opportunities.lead_source_id
    from opportunities
    inner join leads on opportunities.lead_source_id = leads.lead_source_id
    where opportunities.account_source_id = leads.account_source_id
),

numbered as (
    select
        *,
        row_number() over (partition by campaign_source_id, lead_source_id, response, occurred_at) as copy_number,
        row_number() over () as number
    from campaign_responses
),

kinds as (
    select
        *,
        case when response in ('registered', 'attended') then 0 else number end as member_number
    from numbered
),

members as (
    select
        campaign_source_id,
        lead_source_id,
        min(occurred_at) filter (response = 'registered') as registered_at,
        min(occurred_at) filter (response = 'attended') as attended_at,
        arg_max(response, occurred_at) as last_response,
        any_value(response) as any_response,
        min(occurred_at) as created_at,
        max(occurred_at) as changed_at
    from kinds
    group by campaign_source_id, lead_source_id, copy_number, member_number
)

select
    members.campaign_source_id || '-' || members.lead_source_id as id,
    false as is_deleted,
    members.campaign_source_id as campaign_id,
    members.lead_source_id as lead_id,
    case when converted.lead_source_id is not null then members.lead_source_id || '-contact' end as contact_id,
    coalesce(members.last_response, members.any_response) as status,
    true as has_responded,
    members.created_at as created_date,
    members.changed_at as last_modified_date,
    cast(members.created_at as date) as first_responded_date,
    members.registered_at as registered_date_c,
    members.attended_at as attended_date_c
from members
left join converted on members.lead_source_id = converted.lead_source_id
