-- Everybody with an opportunity; those that were not converted (see lead.sql) are private contacts without an account.
select
    leads.lead_source_id || '-contact' as id,
    false as is_deleted,
    cast(null as varchar) as master_record_id,
    max(opportunities.account_source_id) filter (opportunities.account_source_id = leads.account_source_id) as account_id,
    leads.last_name,
    leads.first_name,
    leads.country as mailing_country,
    leads.phone,
    leads.email,
    leads.job_title as title,
    leads.lead_source,
    coalesce(leads.owner_id, '00G-unassigned') as owner_id,
    leads.has_opted_out as has_opted_out_of_email,
    leads.updated_at as created_date,
    leads.updated_at as last_modified_date,
    leads.updated_at as system_modstamp
from (
    select *
    from leads
    qualify row_number() over (partition by lead_source_id order by updated_at desc) = 1
) as leads
inner join opportunities on leads.lead_source_id = opportunities.lead_source_id
group by all
