{% set people, own = ref('base_pipedrive__persons'), pipedrive_fields('pipedrive_person_fields') %}

{% for name in own if name not in lead_text_attributes() + lead_number_attributes() %}
{% set valued = '(select * from ' ~ people ~ ' where ' ~ own[name] ~ ' is not null) as valued' %}
{{ contract_rows('lead_attributes', 'pipedrive', valued, {
    'lead_source_id': 'id', 'attribute': "'" ~ name ~ "'", 'value': own[name], 'recorded_at': 'add_time',
}) }}
{% if not loop.last %}union all{% endif %}
{% else %}
{{ contract_rows('lead_attributes', 'pipedrive', '(select * from ' ~ people ~ ' where false) as nobody', {}) }}
{% endfor %}
