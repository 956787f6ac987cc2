{% set own = pipedrive_fields('pipedrive_person_fields') %}
{% set numbers = ['employee_count', 'annual_revenue', 'budget'] | select('in', own) | list %}

with

-- Where the person came from when first in the leads inbox.
sources as (

    select
        person_id,
        source_name
    from (
        select
            leads.*,
            row_number() over (
                partition by person_id
                order by add_time asc nulls last, length(id) asc, id asc
            ) as lead_rank
        from {{ ref('base_pipedrive__leads') }} as leads
        where source_name is not null
    ) as ranked
    where lead_rank = 1

),

persons as (

    select
        {% for name in [
            'id', 'name', 'first_name', 'last_name', 'org_id', 'org_name', 'owner_id', 'add_time', 'update_time', 'row_hash',
            'source_file',
        ] %}
        people.{{ name }},
        {% endfor %}
        {% for column in own.values() %}
        people.{{ column }},
        {% endfor %}
        sources.source_name,
        {{ primary_value('people.email') }} as primary_email,
        {{ primary_value('people.phone') }} as primary_phone,
        {% for attribute in numbers %}
        {{ try_number('people.' ~ own[attribute]) }} as known_{{ attribute }},
        {% endfor %}
        not coalesce(people.active_flag, true) or people.delete_time is not null as is_deleted,
        people.count_unreadable_values
        {% for attribute in numbers %}
        {% set column = 'people.' ~ own[attribute] %}
        + case when {{ column }} is not null and {{ try_number(column) }} is null then 1 else 0 end
        {% endfor %}
            as count_unreadable_values
    from {{ ref('base_pipedrive__persons') }} as people
    left join sources on people.id = sources.person_id

)

{% set values = {
    'lead_source_id': 'id', 'email': 'primary_email', 'phone': 'primary_phone',
    'first_name': "coalesce(first_name, split_part(name, ' ', 1))", 'last_name': 'last_name', 'company_name': 'org_name',
    'lead_source': own.get('lead_source', 'source_name'), 'owner_id': 'owner_id', 'created_at': 'add_time',
    'updated_at': 'update_time', 'account_source_id': 'org_id', 'is_deleted': 'is_deleted',
} %}
{% for attribute in ['job_title', 'company_domain', 'industry', 'country', 'status', 'purchase_timeframe'] + numbers %}
{% set value = 'known_' ~ attribute if attribute in numbers else own.get(attribute, 'null') %}
{% do values.update({attribute: value}) %}
{% endfor %}

{{ contract_rows('leads', 'pipedrive', 'persons', values) }}
