{% set status, why = letters_of(var('marketo_status_field')), letters_of(var('marketo_status_reason_field')) %}
{% set tracked, own = marketo_tracked_fields(), marketo_own_attributes() %}

with

{{ marketo_changes() }},

leads as (

    select
        id,
        min(created_at) as created_at
    from {{ ref('base_marketo__lead') }}
    group by id

),

-- The value before the first change holds from the lead's creation.
firsts as (

    select
        changes.lead_id,
        changes.field,
        changes.old_value,
        leads.created_at,
        {{ hash_of(['changes.row_hash', "'first'"]) }} as row_hash,
        changes.source_file,
        0 as count_unreadable_values
    from changes
    inner join leads on changes.lead_id = leads.id
    where
        changes.change_rank = 1
        and changes.field in ({{ text_list(tracked.keys() | list) }})
        and changes.activity_date > leads.created_at

){% for name in own %},

-- A field that never changed has held its value since the lead's creation.
present_{{ name }} as (

    select
        present.id,
        present.created_at,
        present.row_hash,
        present.source_file,
        0 as count_unreadable_values,
        present.{{ marketo_lead_fields()[name] }} as value
    from {{ ref('base_marketo__lead') }} as present
    where
        present.{{ marketo_lead_fields()[name] }} is not null
        and not exists (
            select 1
            from changes
            where
                changes.lead_id = present.id
                and changes.field in ({{ text_list(marketo_field_letters(name, marketo_lead_fields()[name])) }})
        )

){% endfor %}

{% set attribute %}
    case field
        {% for letters, attribute in tracked.items() %}
        when '{{ letters }}' then '{{ attribute }}'
        {% endfor %}
    end
{% endset %}
{% set unused %}
    case
        when field in ('{{ status }}', '{{ why }}') then 'not_an_attribute'
        when field not in ({{ text_list(tracked.keys() | list) }}) then 'not_tracked'
    end
{% endset %}

{{ contract_rows('lead_attributes', 'marketo', 'changes', {
    'lead_source_id': 'lead_id', 'attribute': attribute, 'value': 'new_value', 'recorded_at': 'activity_date',
}, unused=unused) }}
union all
{{ contract_rows('lead_attributes', 'marketo', 'firsts', {
    'lead_source_id': 'lead_id', 'attribute': attribute, 'value': 'old_value', 'recorded_at': 'created_at',
}) }}
{% for name in own %}
union all
{{ contract_rows('lead_attributes', 'marketo', 'present_' ~ name, {
    'lead_source_id': 'id', 'attribute': "'" ~ name ~ "'", 'value': 'value', 'recorded_at': 'created_at',
}) }}
{% endfor %}
