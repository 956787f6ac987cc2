{% set contacts, merged = ref('base_hubspot__contact'), ref('int_hubspot__merged_contacts') %}
{% set host = url_host('property_website') %}
{% set budget = hubspot_property('budget') %}

with recursive

{{ split_values('further_emails', contacts, 'id', 'property_hs_additional_emails') }},

known as (

    select
        contacts.*,
        merged.survivor_id,
        {{ least_of_range('contacts.property_numemployees') }} as count_employees,
        {{ try_number(budget) }} as budget
    from {{ contacts }} as contacts
    left join {{ merged }} as merged on contacts.id = merged.merged_id

),

counted as (

    select
        id,
        survivor_id,
        _fivetran_deleted,
        {% for column in [
            'email', 'phone', 'mobilephone', 'firstname', 'lastname', 'jobtitle', 'company', 'website', 'industry',
            'annualrevenue', 'country', 'hs_analytics_source', 'hs_lead_status', 'lifecyclestage', 'hubspot_owner_id',
            'hs_email_optout', 'createdate', 'lastmodifieddate', 'associatedcompanyid',
        ] %}
        property_{{ column }},
        {% endfor %}
        {% for column in hubspot_property_columns() %}
        {{ column }},
        {% endfor %}
        count_employees,
        budget,
        row_hash,
        source_file,
        count_unreadable_values
        + case when property_numemployees is not null and count_employees is null then 1 else 0 end
        + case when {{ budget }} is not null and budget is null then 1 else 0 end as count_unreadable_values
    from known

),

-- Ids that only history and associations still name.
vanished as (

    select
        merged.merged_id,
        merged.survivor_id,
        merged.created_at,
        {{ hash_of(['merged.merged_id', 'merged.survivor_id']) }} as row_hash,
        cast(null as {{ dbt.type_string() }}) as source_file,
        0 as count_unreadable_values
    from {{ merged }} as merged
    left join {{ contacts }} as contacts on merged.merged_id = contacts.id
    where contacts.id is null

),

-- Addresses that a contact has beside its own: they name the same person.
addresses as (

    select
        further_emails.owner_id || ':address-' || cast(min(further_emails.place) as {{ dbt.type_string() }}) as address_id,
        further_emails.owner_id,
        min(further_emails.part) as email,
        min(contacts.property_createdate) as created_at,
        min(contacts.row_hash) as row_hash,
        cast(null as {{ dbt.type_string() }}) as source_file,
        0 as count_unreadable_values
    from further_emails
    inner join {{ contacts }} as contacts on further_emails.owner_id = contacts.id
    where further_emails.part <> ''
    group by further_emails.owner_id, {{ normalise_email('further_emails.part') }}
    having max(case when contacts._fivetran_deleted then 1 else 0 end) = 0

)

{{ contract_rows('leads', 'hubspot', 'counted', {
    'lead_source_id': 'id', 'email': 'property_email', 'phone': 'coalesce(property_phone, property_mobilephone)',
    'first_name': 'property_firstname', 'last_name': 'property_lastname', 'job_title': 'property_jobtitle',
    'company_name': 'property_company',
    'company_domain': hubspot_property('company_domain', 'coalesce(' ~ host ~ ", split_part(property_website, '/', 1))"),
    'industry': 'property_industry', 'employee_count': 'count_employees', 'annual_revenue': 'property_annualrevenue',
    'country': 'property_country', 'lead_source': hubspot_property('lead_source', 'property_hs_analytics_source'),
    'status': 'coalesce(property_hs_lead_status, property_lifecyclestage)', 'owner_id': 'property_hubspot_owner_id',
    'has_opted_out': 'property_hs_email_optout', 'budget': 'budget',
    'purchase_timeframe': hubspot_property('purchase_timeframe'), 'created_at': 'property_createdate',
    'updated_at': 'property_lastmodifieddate', 'account_source_id': 'property_associatedcompanyid',
    'merged_into_id': 'survivor_id', 'is_deleted': 'coalesce(_fivetran_deleted, false)',
}) }}
union all
{{ contract_rows('leads', 'hubspot', 'vanished', {
    'lead_source_id': 'merged_id', 'created_at': 'created_at', 'merged_into_id': 'survivor_id', 'is_deleted': 'true',
}) }}
union all
{{ contract_rows('leads', 'hubspot', 'addresses', {
    'lead_source_id': 'address_id', 'email': 'email', 'created_at': 'created_at', 'merged_into_id': 'owner_id',
    'is_deleted': 'true',
}) }}
