{#- The rows of a staging table: the gate that everything after staging reads through. Of a row that names a forgotten person
    nothing passes but that there was one: its columns are null, and its raw_defect is `suppressed`. -#}
{% macro admitted_rows(system, entity) %}
    {% set rows = ref('stg_' ~ system ~ '__' ~ entity) %}
    {% if not person_names(entity) or not has_suppressions() %}
    select * from {{ rows }}
    {% else %}
    select
        source_system,
        {% for column in contract_columns(entity) %}
        case when not is_suppressed then {{ admitted_cell(entity, column.name) }} end as {{ column.name }},
        {% endfor %}
        case when not is_suppressed then row_hash end as row_hash,
        source_file,
        case when is_suppressed then 0 else count_unreadable_values end as count_unreadable_values,
        case when is_suppressed then 'suppressed' else raw_defect end as raw_defect
    from (
        select
            all_rows.*,
            {{ names_suppressed(entity) }}
            {% if entity == 'web_events' %}
            or coalesce(
                event_id in (select event_id from {{ ref('suppressed_web_events') }} where source_system = '{{ system }}'),
                false
            )
            {% endif %}
            as is_suppressed
        from {{ rows }} as all_rows
    ) as judged
    {% endif %}
{% endmacro %}

{#- Whether a row of an entity names a forgotten person; never null. -#}
{% macro names_suppressed(entity) -%}
    (
        {%- for name in person_names(entity) %}
        coalesce({{ suppression_token(name) }} in (select token from {{ ref('suppressed_tokens') }}), false)
        {%- if not loop.last %} or{% endif %}
        {%- endfor %}
    )
{%- endmacro %}

{#- All that may name a person in a row of an entity; nothing where no person is named. -#}
{% macro person_names(entity) %}
    {% set names = {
        'accounts': [],
        'campaigns': [],
        'ad_spend': [],
        'leads': [
            person_name('crm_id', "source_system || ':' || lead_source_id"),
            person_name('email', normalise_email('email')),
            person_name('phone', phone_digits('phone')),
        ],
        'web_events': [person_name('email', normalise_email('email')), person_name('any_crm_id', 'user_id')],
        'message_events': [
            person_name('any_crm_id', 'lead_source_id'),
            person_name('email', normalise_email('recipient')),
            person_name('phone', phone_digits('recipient')),
        ],
    } %}
    {{ return(names.get(entity, [person_name('crm_id', "source_system || ':' || lead_source_id")])) }}
{% endmacro %}

{#- A cell of a row that names nobody forgotten. Links may still quote an address. -#}
{% macro admitted_cell(entity, column) %}
    {% set quoting = [
        'page_url', 'referrer_url', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'form_name',
        'asset_name', 'url',
    ] %}
    {{ return(without_addresses(column) if entity in ('web_events', 'message_events') and column in quoting else column) }}
{% endmacro %}
