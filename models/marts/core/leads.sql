with

leads as (

    select * from {{ ref('resolved_leads') }}

),

acquisitions as (

    select * from {{ ref('lead_acquisitions') }}

),

roles as (

    select * from {{ ref('job_roles') }}

),

free_domains as (

    select * from {{ ref('free_email_domains') }}

),

account_links as (

    select * from {{ ref('lead_accounts') }}

)

select
    leads.lead_id,
    case
        when account_links.lead_id is not null
            then {{ hash_of(['account_links.source_system', 'account_links.account_source_id']) }}
    end as account_id,
    leads.owner_id,
    acquisitions.first_session_id,
    leads.email,
    leads.phone,
    leads.first_name,
    leads.last_name,
    leads.job_title,
    roles.job_level,
    roles.job_function,
    leads.company_name,
    leads.company_domain,
    leads.industry,
    leads.country,
    leads.lead_source,
    leads.status as crm_status,
    leads.purchase_timeframe,
    acquisitions.acquisition_channel,
    {{ without_addresses('acquisitions.first_source') }} as first_source,
    {{ without_addresses('acquisitions.first_medium') }} as first_medium,
    {{ without_addresses('acquisitions.first_campaign') }} as first_campaign,
    cast(leads.employee_count as bigint) as employee_count,
    cast(leads.annual_revenue as decimal(18, 2)) as annual_revenue,
    cast(leads.budget as decimal(18, 2)) as budget,
    cast(leads.count_crm_records as bigint) as count_crm_records,
    leads.email is not null as has_email,
    free_domains.domain is not null as is_free_email,
    leads.count_crm_records > 0 as is_in_crm,
    coalesce(leads.has_opted_out, false) as has_opted_out,
    leads.created_at,
    leads.updated_at,
    acquisitions.first_seen_at
from leads
inner join acquisitions on leads.lead_id = acquisitions.lead_id
left join roles on leads.job_title = roles.job_title
left join free_domains on split_part(leads.email, '@', 2) = free_domains.domain
left join account_links on leads.lead_id = account_links.lead_id
