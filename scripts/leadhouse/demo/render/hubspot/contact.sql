with

latest_values as (
    select
        lead_source_id,
        arg_max(value, recorded_at) filter (attribute = 'product_interest') as product_interest,
        arg_max(value, recorded_at) filter (attribute = 'tech_stack') as tech_stack
    from lead_attributes
    where recorded_at <= timestamp '2026-07-01'
    group by lead_source_id
),

-- The other merges stand in contact_merge_audit.
merged_ids as (
    select
        merged_into_id,
        string_agg(distinct lead_source_id, ';' order by lead_source_id) as ids
    from leads
    where right(lead_source_id, 1) not in ('1', '3', '5', 't')
    group by merged_into_id
)

select
    leads.lead_source_id as id,
    leads.is_deleted as _fivetran_deleted,
    leads.email as property_email,
    cast(null as varchar) as property_hs_additional_emails,
    leads.first_name as property_firstname,
    leads.last_name as property_lastname,
    leads.job_title as property_jobtitle,
    leads.phone as property_phone,
    cast(null as varchar) as property_mobilephone,
    leads.company_name as property_company,
    leads.company_domain as property_website,
    leads.industry as property_industry,
    leads.employee_count as property_numemployees,
    leads.annual_revenue as property_annualrevenue,
    leads.country as property_country,
    'OFFLINE' as property_hs_analytics_source,
    case when leads.status is not null then 'lead' end as property_lifecyclestage,
    leads.status as property_hs_lead_status,
    leads.owner_id as property_hubspot_owner_id,
    leads.has_opted_out as property_hs_email_optout,
    leads.account_source_id as property_associatedcompanyid,
    merged_ids.ids as property_hs_merged_object_ids,
    leads.created_at as property_createdate,
    leads.updated_at as property_lastmodifieddate,
    leads.lead_source as property_lead_source,
    leads.budget as property_budget,
    leads.purchase_timeframe as property_purchase_timeframe,
    latest_values.product_interest as property_product_interest,
    latest_values.tech_stack as property_tech_stack
from leads
left join merged_ids on leads.lead_source_id = merged_ids.merged_into_id
left join latest_values on leads.lead_source_id = latest_values.lead_source_id
