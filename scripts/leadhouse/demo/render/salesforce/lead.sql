-- A lead becomes a contact when it is qualified: leads with an opportunity of their own account are converted. Others with an
-- opportunity have a contact of the same e-mail, made by hand.
with

converted as (
    select
        opportunities.lead_source_id,
        min(opportunities.account_source_id) as account_source_id
    from opportunities
    inner join leads using (lead_source_id)
    where opportunities.account_source_id = leads.account_source_id
    group by opportunities.lead_source_id
),

customs as (
    select
        lead_source_id,
        max_by(value, recorded_at) filter (attribute = 'product_interest') as product_interest,
        max_by(value, recorded_at) filter (attribute = 'tech_stack') as tech_stack
    from lead_attributes
    where recorded_at < timestamp '2026-07-01'
    group by lead_source_id
)

select
    leads.lead_source_id as id,
    coalesce(leads.merged_into_id is not null or leads.is_deleted = 'true', false) as is_deleted,
    case when leads.merged_into_id is not null then leads.merged_into_id end as master_record_id,
    leads.last_name,
    leads.first_name,
    leads.job_title as title,
    leads.company_name as company,
    leads.country,
    leads.phone,
    leads.email,
    'https://www.' || leads.company_domain || '/' as website,
    leads.lead_source,
    leads.status,
    leads.industry,
    leads.annual_revenue,
    leads.employee_count as number_of_employees,
    -- A lead without an owner waits in a queue.
    coalesce(leads.owner_id, '00G-unassigned') as owner_id,
    leads.has_opted_out as has_opted_out_of_email,
    converted.lead_source_id is not null as is_converted,
    case when converted.lead_source_id is not null then cast(try_cast(leads.updated_at as timestamp) as date) end as converted_date,
    converted.account_source_id as converted_account_id,
    case when converted.lead_source_id is not null then leads.lead_source_id || '-contact' end as converted_contact_id,
    cast(null as varchar) as converted_opportunity_id,
    leads.created_at as created_date,
    leads.updated_at as last_modified_date,
    try_cast(leads.updated_at as timestamp) as system_modstamp,
    leads.account_source_id as account_c,
    leads.budget as budget_c,
    leads.purchase_timeframe as purchase_timeframe_c,
    customs.product_interest as product_interest_c,
    customs.tech_stack as tech_stack_c
from leads
left join converted on leads.lead_source_id = converted.lead_source_id
left join customs on leads.lead_source_id = customs.lead_source_id
