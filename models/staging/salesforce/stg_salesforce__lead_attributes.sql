{#- A lookup's history has a row with the ids and one with the names: the attributes are ids. -#}
{% set lookups = ['owner_id', 'account_source_id'] %}
{% set tracked_letters = [] %}
{% for field in var('salesforce_tracked_fields') or [] %}
{% do tracked_letters.append(salesforce_letters(field)) %}
{% endfor %}

with

{% for table in ['lead', 'contact'] %}
{% set attributes, customs, custom_attributes = salesforce_tracked(table), salesforce_custom_fields(table), [] %}
{% for field in customs %}
{% do custom_attributes.append(salesforce_attribute(field)) %}
{% endfor %}
{{ table }}_ranked as (

    select
        records.*,
        coalesce({{ salesforce_is_deleted() }} and master_record_id is null, false) as is_gone,
        row_number() over (
            partition by id
            order by
                case when coalesce(_fivetran_active, true) then 0 else 1 end asc,
                last_modified_date desc nulls last,
                row_hash asc
        ) as recency_rank
    from {{ ref('base_salesforce__' ~ table) }} as records

),

-- Copies and earlier states of a record must not disagree on how it began.
{{ table }}_present as (

    select * from {{ table }}_ranked
    where recency_rank = 1 and id is not null

),

{{ table }}_changes as (

    select
        history.*,
        -- Salesforce deletes the history of a record that was merged, but it is the person's all the same.
        (coalesce(history.is_deleted, false) or coalesce(history._fivetran_deleted, false))
        and present.master_record_id is null as is_gone,
        case lower(replace(history.field, '_', ''))
            {% for letters, attribute in attributes.items() %}
            when '{{ letters }}' then '{{ attribute }}'
            {% endfor %}
        end as attribute
    from {{ ref('base_salesforce__' ~ table ~ '_history') }} as history
    left join {{ table }}_present as present on history.{{ table }}_id = present.id

),

{{ table }}_judged as (

    select
        changes.*,
        case
            when field is not null and attribute is null then 'not_an_attribute'
            when is_gone then 'deleted_in_source'
            when attribute in ({{ text_list(lookups) }}) and coalesce(lower(data_type), '') <> 'entityid'
                then 'not_an_attribute'
            -- Of long texts only that they were changed is recorded.
            when old_value is null and new_value is null then 'value_not_recorded'
        end as unused_reason
    from {{ table }}_changes as changes

),

{{ table }}_ranked_changes as (

    select
        {{ table }}_id as record_id,
        attribute,
        old_value,
        row_number() over (partition by {{ table }}_id, attribute order by created_date, id, row_hash) as change_number
    from {{ table }}_judged
    where unused_reason is null and attribute is not null and created_date <= {{ as_of() }}

),

{{ table }}_first_changes as (

    select * from {{ table }}_ranked_changes
    where change_number = 1

),

{{ table }}_tracked as (

    select attribute from {{ table }}_first_changes
    {% for field in customs if salesforce_letters(field) in tracked_letters %}
    {{ union_distinct() }}
    select '{{ salesforce_attribute(field) }}' as attribute
    {% endfor %}

),

{{ table }}_values as (

    {% for field in customs %}
    select
        id,
        '{{ salesforce_attribute(field) }}' as attribute,
        {{ field }} as value
    from {{ table }}_present
    union all
    {% endfor %}
    select
        record_id as id,
        attribute,
        cast(null as {{ dbt.type_string() }}) as value
    from {{ table }}_first_changes
    {% if customs %}
    where attribute not in ({{ text_list(custom_attributes) }})
    {% endif %}

),

-- Tracking does not record the first value: it is what the first change replaced. Of a field that is tracked and was not
-- changed the present value holds from the beginning; of others from when it was surely there.
{{ table }}_beginnings as (

    select
        records.row_hash,
        records.source_file,
        records.id,
        field_values.attribute,
        present.is_gone,
        case when first_changes.record_id is null then field_values.value else first_changes.old_value end as first_value,
        case
            when tracked.attribute is not null then present.created_date
            else greatest(coalesce(present.last_modified_date, present.created_date), present.created_date)
        end as began_at
    from {{ ref('base_salesforce__' ~ table) }} as records
    inner join {{ table }}_values as field_values on records.id = field_values.id
    inner join {{ table }}_present as present on records.id = present.id
    left join {{ table }}_first_changes as first_changes
        on
            field_values.id = first_changes.record_id
            and field_values.attribute = first_changes.attribute
    left join {{ table }}_tracked as tracked on field_values.attribute = tracked.attribute
    where field_values.value is not null or first_changes.record_id is not null

){{ ',' if not loop.last }}

{% endfor %}
{% for table in ['lead', 'contact'] %}
{{ contract_rows('lead_attributes', 'salesforce', table ~ '_judged', {
    'lead_source_id': table ~ '_id', 'attribute': 'attribute', 'value': 'new_value', 'recorded_at': 'created_date',
}, unused='unused_reason') }}
union all
{{ contract_rows('lead_attributes', 'salesforce', table ~ '_beginnings', {
    'lead_source_id': 'id', 'attribute': 'attribute', 'value': 'first_value', 'recorded_at': 'began_at',
}, unused="case when is_gone then 'deleted_in_source' end", count_unreadable='0') }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
