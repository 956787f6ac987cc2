{% set host = url_host('leads.website') %}
{% set own_domain = marketo_field('company_domain', none) %}
{% set numbers = {
    'employee_count': 'leads.number_of_employees', 'annual_revenue': 'leads.annual_revenue',
    'budget': 'cast(null as ' ~ wide_decimal(10) ~ ')',
} %}

with

deletions as (

    select distinct lead_id
    from {{ ref('base_marketo__activity_delete_lead') }}

),

known as (

    select
        leads.*,
        {% if not own_domain %}
        coalesce({{ host }}, split_part(leads.website, '/', 1)) as website_host,
        {% endif %}
        {% for attribute, column in numbers.items() %}
        {% set own = marketo_lead_fields().get(attribute) %}
        {{ try_number('leads.' ~ own) if own else column }} as known_{{ attribute }},
        {% endfor %}
        merged.is_survivor_deleted,
        -- A merge into a lead that was deleted later is a deletion.
        case when not coalesce(merged.is_survivor_deleted, false) then merged.into_lead end as merged_into_id,
        coalesce(leads._fivetran_deleted, false) or deletions.lead_id is not null
        or coalesce(merged.is_survivor_deleted, false) as is_deleted
    from {{ ref('base_marketo__lead') }} as leads
    left join {{ ref('merged_marketo_leads') }} as merged on leads.id = merged.merged_lead
    left join deletions on leads.id = deletions.lead_id

),

counted as (

    select
        {% for name in [
            'id', 'email', 'phone', 'mobile_phone', 'first_name', 'last_name', 'title', 'company', 'industry', 'country',
            'billing_country', 'lead_source', 'sfdc_lead_owner_id', 'external_sales_person_id', 'unsubscribed',
            'external_company_id', 'created_at', 'updated_at', 'row_hash', 'source_file', 'merged_into_id', 'is_deleted',
        ] + marketo_lead_columns() %}
        {{ name }},
        {% endfor %}
        {% if not own_domain %}
        website_host,
        {% endif %}
        {% for attribute in numbers %}
        known_{{ attribute }},
        {% endfor %}
        count_unreadable_values
        {% for attribute in numbers if attribute in marketo_lead_fields() %}
        {% set own = marketo_lead_fields()[attribute] %}
        + case when {{ own }} is not null and known_{{ attribute }} is null then 1 else 0 end
        {% endfor %}
            as count_unreadable_values
    from known

),

-- Ids that are gone from `lead`: what was recorded under them is the survivor's.
vanished as (

    select
        merged_lead,
        into_lead,
        -- When they began is not known any more; no later than the merge, and the lead is as old as its oldest record.
        survivor_created_at as created_at,
        {{ hash_of(['merged_lead', 'into_lead']) }} as row_hash,
        cast(null as {{ dbt.type_string() }}) as source_file,
        0 as count_unreadable_values
    from {{ ref('merged_marketo_leads') }}
    where
        survivor_created_at is not null
        and not is_survivor_deleted
        and not exists (
            select 1
            from {{ ref('base_marketo__lead') }} as leads
            where leads.id = merged_lead
        )

)

{{ contract_rows('leads', 'marketo', 'counted', {
    'lead_source_id': 'id', 'email': marketo_field('email', 'email'),
    'phone': marketo_field('phone', 'coalesce(phone, mobile_phone)'),
    'first_name': marketo_field('first_name', 'first_name'), 'last_name': marketo_field('last_name', 'last_name'),
    'job_title': marketo_field('job_title', 'title'), 'company_name': marketo_field('company_name', 'company'),
    'company_domain': own_domain or 'website_host', 'industry': marketo_field('industry', 'industry'),
    'employee_count': 'known_employee_count', 'annual_revenue': 'known_annual_revenue',
    'country': marketo_field('country', 'coalesce(country, billing_country)'),
    'lead_source': marketo_field('lead_source', 'lead_source'), 'status': var('marketo_status_field') | lower,
    'owner_id': marketo_field('owner_id', 'coalesce(sfdc_lead_owner_id, external_sales_person_id)'),
    'has_opted_out': 'unsubscribed', 'budget': 'known_budget',
    'purchase_timeframe': marketo_field('purchase_timeframe'), 'created_at': 'created_at', 'updated_at': 'updated_at',
    'account_source_id': marketo_field('account_source_id', 'external_company_id'), 'merged_into_id': 'merged_into_id',
    'is_deleted': 'is_deleted',
}) }}
union all
{{ contract_rows('leads', 'marketo', 'vanished', {
    'lead_source_id': 'merged_lead', 'created_at': 'created_at', 'merged_into_id': 'into_lead', 'is_deleted': 'true',
}) }}
