{% set lead_columns, number_columns = lead_text_attributes(), lead_number_attributes() %}
{% set account_columns = ['name', 'domain', 'industry', 'country'] %}
{% set account_number_columns = ['employee_count', 'annual_revenue'] %}
{% set derived_attributes = ['job_level', 'job_function', 'email_domain', 'is_free_email', 'is_disposable_email'] %}

with

asked as (

    select attribute from {{ ref('attribute_conditions') }}
    {{ union_distinct() }}
    -- These two are what job_level, job_function, email_domain and its flags are derived from.
    select 'job_title' as attribute
    {{ union_distinct() }}
    select 'email' as attribute

),

leads as (

    select
        leads.*,
        {% for column in account_columns + account_number_columns %}
        accounts.{{ column }} as account_{{ column }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ of_changed_leads(ref('resolved_leads')) }} as leads
    left join {{ ref('lead_accounts') }} as accounts on leads.lead_id = accounts.lead_id

),

column_values as (

    {% for column in lead_columns %}
    select lead_id, created_at, '{{ column }}' as attribute, {{ column }} as value from leads
    union all
    {% endfor %}
    {% for column in account_columns %}
    select lead_id, created_at, 'account_{{ column }}' as attribute, account_{{ column }} as value from leads
    union all
    {% endfor %}
    {% for column in number_columns %}
    select lead_id, created_at, '{{ column }}' as attribute, {{ plain_number(column) }} as value from leads
    union all
    {% endfor %}
    {% for column in account_number_columns %}
    select
        lead_id,
        created_at,
        'account_{{ column }}' as attribute,
        {{ plain_number('account_' ~ column) }} as value
    from leads
    union all
    {% endfor %}
    select
        lead_id,
        created_at,
        'has_opted_out' as attribute,
        case when has_opted_out then 'true' when not has_opted_out then 'false' end as value
    from leads

),

asked_columns as (

    select column_values.*
    from column_values
    inner join asked on column_values.attribute = asked.attribute

),

-- An attribute that no table has as a column is unknown until it is recorded.
asked_customs as (

    select
        leads.lead_id,
        leads.created_at,
        asked.attribute,
        cast(null as {{ dbt.type_string() }}) as value
    from leads
    cross join asked
    where
        asked.attribute not in (
            {{ text_list(lead_columns + number_columns + ['has_opted_out'] + derived_attributes) }}
        )
        and asked.attribute not in (
            {{ text_list((account_columns + account_number_columns), 'account_') }}
        )

),

beginnings as (

    select * from asked_columns
    union all
    select * from asked_customs
    union all
    -- Where the source records what else would be derived, it is unknown until then.
    select distinct
        leads.lead_id,
        leads.created_at,
        history.attribute,
        cast(null as {{ dbt.type_string() }}) as value
    from {{ ref('attribute_history') }} as history
    inner join asked on history.attribute = asked.attribute
    inner join leads on history.lead_id = leads.lead_id
    where history.attribute in ({{ text_list(derived_attributes) }})

),

with_history as (

    select distinct
        lead_id,
        attribute
    from {{ ref('attribute_history') }}

)

-- What has a history follows it, and is unknown before its first entry.
select
    beginnings.lead_id,
    beginnings.attribute,
    case when with_history.lead_id is null then nullif(beginnings.value, '') end as value,
    beginnings.created_at as valid_from
from beginnings
left join with_history
    on
        beginnings.lead_id = with_history.lead_id
        and beginnings.attribute = with_history.attribute
left join {{ ref('attribute_history') }} as first_entries
    on
        beginnings.lead_id = first_entries.lead_id
        and beginnings.attribute = first_entries.attribute
        and beginnings.created_at = first_entries.valid_from
where first_entries.lead_id is null
union all
select
    history.lead_id,
    history.attribute,
    nullif(history.value, '') as value,
    history.valid_from
from {{ ref('attribute_history') }} as history
inner join asked on history.attribute = asked.attribute
