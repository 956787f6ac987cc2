{% set text_attributes, number_attributes = lead_text_attributes(), lead_number_attributes() %}
{% set attributes = text_attributes + number_attributes + ['has_opted_out'] %}
{#- People type these into forms, and everybody may read them. -#}
{% set free_texts = [
    'job_title', 'company_name', 'company_domain', 'industry', 'country', 'lead_source', 'status', 'purchase_timeframe',
] %}

with

records as (

    select
        lead_nodes.lead_id,
        crm_records.*,
        row_number() over (
            partition by lead_nodes.lead_id
            order by
                crm_records.updated_at desc nulls last,
                crm_records.lead_source_id asc,
                crm_records.source_system asc
        ) as recency_rank
    from {{ ref('crm_records') }} as crm_records
    inner join {{ ref('lead_nodes') }} as lead_nodes on 'record:' || crm_records.record_id = lead_nodes.node

),

-- For each attribute, the newest record that has a value.
newest as (

    select
        lead_id,
        {% for name in attributes %}
        min(case when {{ name }} is not null then recency_rank end) as {{ name }}_rank{% if not loop.last %},{% endif %}
        {% endfor %}
    from records
    group by lead_id

),

attributes as (

    select
        records.lead_id,
        {% for attribute in text_attributes + number_attributes %}
        max(case when records.recency_rank = newest.{{ attribute }}_rank then records.{{ attribute }} end)
            as {{ attribute }},
        {% endfor %}
        max(
            case when records.recency_rank = newest.has_opted_out_rank then cast(records.has_opted_out as integer) end
        ) = 1 as has_opted_out,
        -- Ids of accounts are the record's own system's.
        max(case when records.recency_rank = newest.account_source_id_rank then records.source_system end)
            as account_source_system,
        max(records.updated_at) as updated_at,
        count(*) as count_crm_records
    from records
    inner join newest on records.lead_id = newest.lead_id
    group by records.lead_id

),

beginnings as (

    select
        lead_nodes.lead_id,
        min(person_nodes.known_from) as created_at,
        min(case when person_nodes.node like 'email:%' then substr(person_nodes.node, 7) end) as web_email
    from {{ ref('lead_nodes') }} as lead_nodes
    inner join {{ ref('person_nodes') }} as person_nodes on lead_nodes.node = person_nodes.node
    group by lead_nodes.lead_id

)

select
    beginnings.lead_id,
    coalesce({{ normalise_email('attributes.email') }}, beginnings.web_email) as email,
    {% for attribute in text_attributes if attribute != 'email' %}
    {{ without_addresses('attributes.' ~ attribute) if attribute in free_texts else 'attributes.' ~ attribute }}
        as {{ attribute }},
    {% endfor %}
    {% for attribute in number_attributes %}
    attributes.{{ attribute }},
    {% endfor %}
    attributes.account_source_system,
    attributes.has_opted_out,
    coalesce(attributes.count_crm_records, 0) as count_crm_records,
    beginnings.created_at,
    attributes.updated_at
from beginnings
left join attributes on beginnings.lead_id = attributes.lead_id
