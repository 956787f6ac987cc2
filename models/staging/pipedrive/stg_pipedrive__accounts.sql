{% set own = pipedrive_fields('pipedrive_organization_fields') %}
{% set numbers = ['employee_count', 'annual_revenue'] | select('in', own) | list %}
{% set values = {
    'account_source_id': 'id', 'name': 'name', 'domain': own.get('domain', 'null'),
    'industry': own.get('industry', 'null'), 'country': own.get('country', 'address_country'),
    'created_at': 'add_time',
} %}

with

organizations as (

    select
        {% for name in ['id', 'active_flag', 'name', 'address_country', 'add_time', 'row_hash', 'source_file'] %}
        {{ name }},
        {% endfor %}
        {% for column in own.values() %}
        {{ column }},
        {% endfor %}
        {% for attribute in numbers %}
        {{ try_number(own[attribute]) }} as known_{{ attribute }},
        {% do values.update({attribute: 'known_' ~ attribute}) %}
        {% endfor %}
        count_unreadable_values
        {% for attribute in numbers %}
        + case when {{ own[attribute] }} is not null and {{ try_number(own[attribute]) }} is null then 1 else 0 end
        {% endfor %}
            as count_unreadable_values
    from {{ ref('base_pipedrive__organizations') }}

)

{{ contract_rows(
    'accounts', 'pipedrive', 'organizations', values, unused="case when not active_flag then 'deleted_in_source' end"
) }}
