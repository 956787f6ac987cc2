{#- The staged rows of an entity in all systems that are switched on and have it. -#}
{% macro union_systems(entity) %}
    {% for system in systems_with(entity) %}
    {{ admitted_rows(system, entity) }}
    {% if not loop.last %}union all{% endif %}
    {% else %}
    select
        cast(null as {{ dbt.type_string() }}) as source_system,
        {% for column in contract_columns(entity) %}
        cast(null as {{ engine_type(column.data_type) }}) as {{ column.name }},
        {% endfor %}
        cast(null as {{ dbt.type_string() }}) as row_hash,
        cast(null as {{ dbt.type_string() }}) as source_file,
        0 as count_unreadable_values,
        cast(null as {{ dbt.type_string() }}) as raw_defect
    {{ no_rows() }}
    {% endfor %}
{% endmacro %}

{#- Every raw row of an entity with what became of it: conformed, duplicate or quarantined with a reason.

    Args: key: columns that identify a thing; of the sound rows of one key the first by `preferred` stays.
    names_lead: quarantine rows that name a lead which their system's CRM rows have not; with 'any', a row may also name the lead
    of the one other CRM that has the id.
    quarantine: further reasons, as a dict of reason -> condition. -#}
{% macro account_for(entity, key, preferred=[], names_lead=false, quarantine={}) %}
with

source_rows as (

    {{ union_systems(entity) }}

),

{% if names_lead %}
known_leads as (

    select distinct
        {{ 'naming_system as source_system' if names_lead == 'any' else 'source_system' }},
        lead_source_id
    from {{ ref('crm_ids' if names_lead == 'any' else 'conformed_leads') }}

),

{% endif %}
judged as (

    select
        source_rows.*,
        source_rows.raw_defect is null as is_sound,
        case
            when source_rows.raw_defect is not null then source_rows.raw_defect
            {% for reason, condition in quarantine.items() %}
            when {{ condition }} then '{{ reason }}'
            {% endfor %}
            {% if names_lead %}
            when source_rows.lead_source_id is not null and known_leads.lead_source_id is null then 'unknown_lead'
            {% endif %}
        end as quarantine_reason
    from source_rows
    {% if names_lead %}
    left join known_leads
        on
            source_rows.source_system = known_leads.source_system
            and source_rows.lead_source_id = known_leads.lead_source_id
    {% endif %}

),

ranked as (

    select
        judged.*,
        row_number() over (
            partition by source_system, {{ key | join(', ') }}, is_sound
            order by {{ (preferred + ['row_hash']) | join(', ') }}
        ) as key_rank
    from judged

)

select
    source_system,
    {% for column in contract_columns(entity) %}
    {{ column.name }},
    {% endfor %}
    count_unreadable_values,
    case
        when is_sound and key_rank > 1 then 'duplicate'
        when quarantine_reason is not null then 'quarantined'
        else 'conformed'
    end as row_outcome,
    -- Of the versions of one thing the first decides: a deleted lead does not live on in an older row.
    case when key_rank = 1 or not is_sound then quarantine_reason end as quarantine_reason
from ranked
{% endmacro %}

{% macro outcome(reason, is_duplicate) -%}
    case
        when {{ reason }} is not null then 'quarantined'
        when {{ is_duplicate }} then 'duplicate'
        else 'conformed'
    end
{%- endmacro %}

{#- The conformed rows of an entity, in the contract's columns. -#}
{% macro conformed_rows(entity) %}
select
    source_system
    {%- for column in contract_columns(entity) %},
    {{ column.name }}
    {%- endfor %}
from {{ ref('accounted_' ~ entity) }}
where row_outcome = 'conformed'
{% endmacro %}
