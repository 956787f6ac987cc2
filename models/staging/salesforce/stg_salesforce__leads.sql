{% set common = {
    'lead_source_id': 'id', 'email': 'email', 'phone': 'coalesce(phone, mobile_phone)', 'first_name': 'first_name',
    'last_name': 'last_name', 'job_title': 'title', 'lead_source': 'lead_source', 'owner_id': salesforce_owner(),
    'has_opted_out': 'has_opted_out_of_email', 'created_at': 'created_date',
    'updated_at': 'coalesce(last_modified_date, system_modstamp)',
} %}
{% set superseded = "case when not coalesce(_fivetran_active, true) then 'superseded' end" %}

with

-- A lead is out of sight once it is converted: who deletes the contact means the person.
gone_contacts as (

    select id
    from {{ ref('base_salesforce__contact') }}
    where id is not null and coalesce(_fivetran_active, true)
    group by id
    having min(case when {{ salesforce_is_deleted() }} and master_record_id is null then 1 else 0 end) = 1

),

leads as (

    select
        leads.*,
        gone_contacts.id is not null as is_contact_gone
    from {{ ref('base_salesforce__lead') }} as leads
    left join gone_contacts on leads.converted_contact_id = gone_contacts.id

)

{{ contract_rows('leads', 'salesforce', 'leads', salesforce_person(dict(common, **{
    'company_name': 'company', 'company_domain': salesforce_domain(), 'industry': 'industry',
    'employee_count': 'number_of_employees', 'annual_revenue': 'annual_revenue',
    'country': 'coalesce(country, country_code)', 'status': 'status', 'account_source_id': 'converted_account_id',
    'merged_into_id': 'case when not is_contact_gone then coalesce(converted_contact_id, master_record_id) end',
    'is_deleted': salesforce_is_deleted() ~ ' or is_contact_gone',
})), unused=superseded, count_unreadable=salesforce_unreadable()) }}
union all
{{ contract_rows('leads', 'salesforce', ref('base_salesforce__contact'), salesforce_person(dict(common, **{
    'country': 'coalesce(mailing_country, mailing_country_code)', 'account_source_id': 'account_id',
    'merged_into_id': 'master_record_id', 'is_deleted': salesforce_is_deleted(),
})), unused=superseded, count_unreadable=salesforce_unreadable()) }}
