{#- Property that every contact has -> the attribute of leads that it is. -#}
{% macro hubspot_default_properties() %}
    {{ return({
        'email': 'email', 'phone': 'phone', 'firstname': 'first_name', 'lastname': 'last_name', 'jobtitle': 'job_title',
        'company': 'company_name', 'website': 'company_domain', 'industry': 'industry', 'numemployees': 'employee_count',
        'annualrevenue': 'annual_revenue', 'country': 'country', 'hs_analytics_source': 'lead_source',
        'hubspot_owner_id': 'owner_id', 'hs_email_optout': 'has_opted_out',
    }) }}
{% endmacro %}

{#- The team's own properties of a contact that are read, by their internal names. -#}
{% macro hubspot_contact_properties() %}
    {% set known = hubspot_default_properties().keys() | list + hubspot_status_properties() %}
    {{ return(var('hubspot_contact_properties') | map('lower') | reject('in', known) | unique | list) }}
{% endmacro %}

{#- The columns that these are delivered in: by Fivetran and by Airbyte. -#}
{% macro hubspot_property_columns() %}
    {% set columns = [] %}
    {% for name in hubspot_contact_properties() %}
        {% do columns.extend(['property_' ~ name, 'properties_' ~ name]) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{#- A column of `leads`: the team's own property of that name where it has one, for two vocabularies would not go together;
    else `otherwise`. -#}
{% macro hubspot_property(name, otherwise='null') %}
    {{ return('coalesce(property_' ~ name ~ ', properties_' ~ name ~ ')' if name in hubspot_contact_properties() else otherwise) }}
{% endmacro %}

{#- Property of a contact whose history is kept -> the attribute that it is the history of. -#}
{% macro hubspot_tracked_properties() %}
    {% set tracked, own = {}, hubspot_contact_properties() %}
    {% for name, attribute in hubspot_default_properties().items() if attribute not in own %}
        {% do tracked.update({name: attribute}) %}
    {% endfor %}
    {% for name in own %}
        {% do tracked.update({name: name}) %}
    {% endfor %}
    {{ return(tracked) }}
{% endmacro %}

{#- Properties whose history is that of the CRM status. -#}
{% macro hubspot_status_properties() %}
    {{ return(['lifecyclestage', 'hs_lead_status']) }}
{% endmacro %}

{#- HubSpot's own outcomes of a call, which it names by ids; a team's own ones stay as they are. -#}
{% macro hubspot_call_outcomes() %}
    {{ return({
        '9d9162e7-6cf3-4944-bf63-4dff82258764': 'busy',
        'f240bbac-87c9-4f6e-bf70-924b57d47db7': 'connected',
        'a4c4c377-d246-4b32-a13b-75a56a4cd0ff': 'left_live_message',
        'b2cf5968-551e-4856-9783-52b3da59a7d0': 'voicemail',
        '73a0d17f-1163-4015-bdd5-ec830791da20': 'no_answer',
        '17b47fee-58de-441e-a44c-c6300d46f273': 'wrong_number',
    }) }}
{% endmacro %}
