{#- What names a person or one company is no criterion. -#}
{% set personal = ['email', 'phone', 'first_name', 'last_name', 'company_name', 'company_domain', 'account_source_id'] %}
{% set text_columns = lead_text_attributes() | reject('in', personal) | list %}
{% set account_columns = {'industry': false, 'country': false, 'employee_count': true, 'annual_revenue': true} %}

-- Every attribute that a criterion could ask for, not only those that one does. Columns of the CRM are as they are now:
-- when they became so, only attributes with a history say.
with

leads as (

    select
        leads.*,
        nullif(split_part(lower(leads.email), '@', 2), '') as email_domain,
        roles.job_level,
        roles.job_function,
        {% for column in account_columns %}
        accounts.{{ column }} as account_{{ column }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('resolved_leads') }} as leads
    left join {{ ref('job_roles') }} as roles on leads.job_title = roles.job_title
    left join {{ ref('lead_accounts') }} as accounts on leads.lead_id = accounts.lead_id

),

columns_now as (

    {% for column in text_columns + ['email_domain', 'job_level', 'job_function'] %}
    select lead_id, created_at, '{{ column }}' as attribute, {{ column }} as value from leads
    union all
    {% endfor %}
    {% for column in lead_number_attributes() %}
    select lead_id, created_at, '{{ column }}' as attribute, {{ plain_number(column) }} as value from leads
    union all
    {% endfor %}
    {% for column, is_number in account_columns.items() %}
    select
        lead_id,
        created_at,
        'account_{{ column }}' as attribute,
        {{ plain_number('account_' ~ column) if is_number else 'account_' ~ column }} as value
    from leads
    union all
    {% endfor %}
    {% for attribute, seed in {
        'is_free_email': 'free_email_domains', 'is_disposable_email': 'disposable_email_domains'
    }.items() %}
    select
        leads.lead_id,
        leads.created_at,
        '{{ attribute }}' as attribute,
        case when listed.domain is not null then 'true' else 'false' end as value
    from leads
    left join {{ ref(seed) }} as listed on leads.email_domain = listed.domain
    where leads.email_domain is not null
    union all
    {% endfor %}
    select
        lead_id,
        created_at,
        'has_opted_out' as attribute,
        case when has_opted_out then 'true' when not has_opted_out then 'false' end as value
    from leads

),

recorded as (

    select
        lead_id,
        attribute,
        value,
        valid_from
    from {{ recorded_attributes(ref('resolved_leads')) }} as all_recorded
    where attribute not in ({{ text_list(personal) }})

),

histories as (

    select distinct
        lead_id,
        attribute
    from recorded

)

select
    columns_now.lead_id,
    columns_now.attribute,
    columns_now.value,
    false as has_history,
    columns_now.created_at as valid_from,
    {{ end_of_time() }} as valid_to
from columns_now
left join histories
    on
        columns_now.lead_id = histories.lead_id
        and columns_now.attribute = histories.attribute
where nullif(columns_now.value, '') is not null and histories.lead_id is null
union all
select
    lead_id,
    attribute,
    nullif(value, '') as value,
    true as has_history,
    valid_from,
    coalesce(lead(valid_from) over (partition by lead_id, attribute order by valid_from), {{ end_of_time() }}) as valid_to
from recorded
