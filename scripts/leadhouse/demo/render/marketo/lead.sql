-- A record is gone where it was merged and others had been merged into it before: of some the connector has kept the row, of
-- others only the activities.
with

present as (

    select
        lead_source_id,
        max(case when attribute = 'product_interest' then value end) as product_interest,
        max(case when attribute = 'tech_stack' then value end) as tech_stack
    from (
        select
            attributes.*,
            row_number() over (partition by lead_source_id, attribute order by recorded_at desc, value desc) as value_rank
        from lead_attributes as attributes
        where recorded_at < timestamp '2026-07-01' and value <> 'broken'
    ) as ranked
    where value_rank = 1
    group by lead_source_id

)

select
    leads.lead_source_id as id,
    leads.is_deleted = 'true' as _fivetran_deleted,
    leads.email,
    leads.phone,
    leads.first_name,
    leads.last_name,
    leads.job_title as title,
    leads.company_name as company,
    'https://www.' || leads.company_domain || '/' as website,
    leads.industry,
    leads.employee_count as number_of_employees,
    leads.annual_revenue,
    leads.country,
    leads.lead_source,
    leads.status as lead_status,
    leads.owner_id as sfdc_lead_owner_id,
    try_cast(leads.has_opted_out as boolean) as unsubscribed,
    leads.account_source_id as external_company_id,
    leads.created_at,
    leads.updated_at,
    leads.budget,
    leads.purchase_timeframe,
    present.product_interest,
    present.tech_stack
from leads
left join present on leads.lead_source_id = present.lead_source_id
where
    leads.merged_into_id is null
    or leads.is_deleted is null
    or leads.lead_source_id not in (select merged_into_id from leads where merged_into_id is not null)
