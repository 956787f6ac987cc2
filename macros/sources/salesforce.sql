{#- The custom field that holds what the input contract asks for and Salesforce has no field of its own for; none: there is no
    such field. -#}
{% macro salesforce_field(purpose) %}
    {% set fields = var('salesforce_fields') or {} %}
    {% set allowed = lead_text_attributes() + lead_number_attributes() + ['status_reason', 'meeting_outcome'] %}
    {% for name in fields if name not in allowed %}
        {{ exceptions.raise_compiler_error(
            "Variable salesforce_fields: nothing is made of '" ~ name ~ "'. There are " ~ allowed | join(', ') ~ "."
        ) }}
    {% endfor %}
    {{ return(fields[purpose] | lower if fields.get(purpose) else none) }}
{% endmacro %}

{#- The custom fields that become attributes of a lead or contact. -#}
{% macro salesforce_custom_fields(table) %}
    {{ return(((var('salesforce_custom_fields') or {}).get(table) or []) | map('lower') | unique | list) }}
{% endmacro %}

{#- Response -> the custom field of campaign_member that has its moment. -#}
{% macro salesforce_response_dates() %}
    {% set fields = {} %}
    {% for response, field in (var('salesforce_response_dates') or {}).items() %}
        {% do fields.update({response | lower: field | lower}) %}
    {% endfor %}
    {{ return(fields) }}
{% endmacro %}

{#- All custom fields that are read of a table. -#}
{% macro salesforce_fields_of(table) %}
    {% set purposes = {
        'lead': lead_text_attributes() + lead_number_attributes() + ['status_reason'],
        'contact': lead_text_attributes() + lead_number_attributes(),
        'event': ['meeting_outcome'],
    }.get(table, []) %}
    {% set fields = salesforce_custom_fields(table) %}
    {% for purpose in purposes if salesforce_field(purpose) %}
        {% do fields.append(salesforce_field(purpose)) %}
    {% endfor %}
    {{ return((fields + (salesforce_response_dates().values() | list if table == 'campaign_member' else [])) | unique | list) }}
{% endmacro %}

{#- The attribute that a custom field becomes: its name without the ending. -#}
{% macro salesforce_attribute(field) %}
    {{ return(modules.re.sub('__?c$', '', field | lower)) }}
{% endmacro %}

{#- A field's name by its letters: `Budget__c` in a history, `budget_c` or `budget__c` in a table. -#}
{% macro salesforce_letters(field) %}
    {{ return(field | lower | replace('_', '')) }}
{% endmacro %}

{#- Letters of a tracked field -> the attribute whose history it is. -#}
{% macro salesforce_tracked(table) %}
    {% set attributes = {
        'email': 'email', 'phone': 'phone', 'firstname': 'first_name', 'lastname': 'last_name', 'title': 'job_title',
        'leadsource': 'lead_source', 'owner': 'owner_id', 'hasoptedoutofemail': 'has_opted_out',
    } %}
    {% if table == 'lead' %}
        {% do attributes.update({
            'company': 'company_name', 'industry': 'industry', 'country': 'country',
            'numberofemployees': 'employee_count', 'annualrevenue': 'annual_revenue',
        }) %}
    {% else %}
        {% do attributes.update({'mailingcountry': 'country', 'account': 'account_source_id'}) %}
    {% endif %}
    {% for column in lead_text_attributes() + lead_number_attributes() if salesforce_field(column) %}
        {% do attributes.update({salesforce_letters(salesforce_field(column)): column}) %}
    {% endfor %}
    {% for field in salesforce_custom_fields(table) %}
        {% do attributes.update({salesforce_letters(field): salesforce_attribute(field)}) %}
    {% endfor %}
    {{ return(attributes) }}
{% endmacro %}

{#- Contract column -> SQL for leads and contacts: a custom field that is named for it, else Salesforce's own field. -#}
{% macro salesforce_person(values) %}
    {% set found = dict(values) %}
    {% for name in lead_text_attributes() + lead_number_attributes() if salesforce_field(name) %}
        {% set type = {'employee_count': 'bigint', 'annual_revenue': 'decimal(18,2)', 'budget': 'decimal(18,2)'}.get(name) %}
        {% set field = read_as(salesforce_field(name), type, 'VARCHAR') if type else salesforce_field(name) %}
        {% do found.update({name: 'coalesce(' ~ field ~ ', ' ~ values[name] ~ ')' if values.get(name) else field}) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{#- How many of the custom fields named for numbers cannot be read. -#}
{% macro salesforce_unreadable() %}
    {% set terms = ['count_unreadable_values'] %}
    {% for name in lead_number_attributes() if salesforce_field(name) %}
        {% set field = salesforce_field(name) %}
        {% do terms.append(
            'case when ' ~ field ~ ' is not null and ' ~ read_as(field, 'decimal(18,2)', 'VARCHAR') ~ ' is null then 1 else 0 end'
        ) %}
    {% endfor %}
    {{ return(terms | join(' + ')) }}
{% endmacro %}

{% macro salesforce_is_deleted() %}
    {{ return('(coalesce(is_deleted, false) or coalesce(_fivetran_deleted, false))') }}
{% endmacro %}

{#- Why a row is none of its entity: an earlier state, of Fivetran's history mode, or deleted. -#}
{% macro salesforce_unused() %}
    {{ return(
        "case when not coalesce(_fivetran_active, true) then 'superseded' when " ~ salesforce_is_deleted()
        ~ " then 'deleted_in_source' end"
    ) }}
{% endmacro %}

{#- A user; a queue (ids that begin with 00G) is nobody. -#}
{% macro salesforce_owner() %}
    {{ return("case when owner_id not like '00G%' then owner_id end") }}
{% endmacro %}

{#- The domain of a web address that people typed, with or without scheme. -#}
{% macro salesforce_domain() %}
    {{ return(url_host("case when website like '%://%' then website else 'https://' || website end")) }}
{% endmacro %}
