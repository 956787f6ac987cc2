{% set tracked, states = hubspot_tracked_properties(), hubspot_status_properties() %}
{% set why, host = var('hubspot_status_reason_property') | lower, url_host('value') %}
{% set own = hubspot_contact_properties() | reject('in', lead_text_attributes() + lead_number_attributes()) | list %}

with

{% for name in own %}
-- A value without a history holds at least since the contact was last changed.
current_{{ name }} as (

    select
        contacts.id,
        contacts.row_hash,
        contacts.source_file,
        0 as count_unreadable_values,
        {{ hubspot_property(name) }} as value,
        coalesce(contacts.property_lastmodifieddate, contacts.property_createdate) as recorded_at
    from {{ ref('base_hubspot__contact') }} as contacts
    where
        {{ hubspot_property(name) }} is not null
        and not exists (
            select 1
            from {{ ref('base_hubspot__contact_property_history') }} as changes
            where changes.contact_id = contacts.id and lower(changes.name) = '{{ name }}'
        )

),

{% endfor %}
history as (

    select
        changes.*,
        lower(changes.name) as property
    from {{ ref('base_hubspot__contact_property_history') }} as changes

)

{% set attribute %}
    case property
        {% for name, attribute in tracked.items() %}
        when '{{ name }}' then '{{ attribute }}'
        {% endfor %}
    end
{% endset %}
{% set unused %}
    case
        when property = '{{ why }}' or property in ({{ text_list(states) }}) then 'not_an_attribute'
        when property not in ({{ text_list(tracked.keys() | list) }}) then 'not_tracked'
    end
{% endset %}
{% set value %}
    case property
        when 'website' then coalesce({{ host }}, split_part(value, '/', 1))
        when 'numemployees' then cast({{ least_of_range('value') }} as {{ dbt.type_string() }})
        else value
    end
{% endset %}

{{ contract_rows('lead_attributes', 'hubspot', 'history', {
    'lead_source_id': 'contact_id', 'attribute': attribute, 'value': value, 'recorded_at': 'timestamp',
}, unused=unused) }}
{% for name in own %}
union all
{{ contract_rows('lead_attributes', 'hubspot', 'current_' ~ name, {
    'lead_source_id': 'id', 'attribute': "'" ~ name ~ "'", 'value': 'value', 'recorded_at': 'recorded_at',
}) }}
{% endfor %}
