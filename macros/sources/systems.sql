{#- The source systems that Leadhouse can read, and the entities of the input contract that each of them fills: one folder of
    models/staging/ each, with a model stg_<system>__<entity> for every entity named here. -#}
{% macro system_entities() %}
    {% set crm = [
        'leads', 'accounts', 'opportunities', 'lead_status_history', 'sales_activities', 'campaigns', 'campaign_responses',
        'lead_attributes',
    ] %}
    {{ return({
        'generic': crm + ['score_adjustments', 'web_events', 'message_events', 'ad_spend'],
        'ad_reporting': ['ad_spend'],
        'ga4': ['web_events'],
        'hubspot': [
            'leads', 'accounts', 'opportunities', 'lead_status_history', 'sales_activities', 'campaigns', 'lead_attributes',
            'web_events', 'message_events',
        ],
        'marketo': [
            'leads', 'accounts', 'lead_status_history', 'campaigns', 'campaign_responses', 'lead_attributes', 'message_events',
        ],
        'pipedrive': ['leads', 'accounts', 'opportunities', 'sales_activities', 'lead_attributes'],
        'rudderstack': ['web_events'],
        'salesforce': crm,
        'segment': ['web_events'],
        'snowplow': ['web_events'],
    }) }}
{% endmacro %}

{#- The variable that switches on the systems which an entity is taken from. -#}
{% macro systems_variable(entity) %}
    {{ return({'web_events': 'web_systems', 'message_events': 'message_systems', 'ad_spend': 'ad_systems'}.get(entity, 'crm_systems')) }}
{% endmacro %}

{#- The systems that are switched on for an entity and have it, in the order of the variable. -#}
{% macro systems_with(entity) %}
    {% set known, systems = system_entities(), [] %}
    {% for system in var(systems_variable(entity)) %}
        {% if system not in known %}
            {{ exceptions.raise_compiler_error(
                "Variable " ~ systems_variable(entity) ~ ": there is no source system '" ~ system ~ "'. There are "
                ~ known.keys() | sort | join(', ') ~ "."
            ) }}
        {% elif entity in known[system] %}
            {% do systems.append(system) %}
        {% endif %}
    {% endfor %}
    {{ return(systems) }}
{% endmacro %}

{#- Whether a system is switched on for any entity that it has. -#}
{% macro is_switched_on(system) %}
    {% for entity in system_entities()[system] if system in systems_with(entity) %}
        {{ return(true) }}
    {% endfor %}
    {{ return(false) }}
{% endmacro %}

{#- The entities that the rows of a raw table become rows of, as its source definition says. -#}
{% macro feeds_of(source) %}
    {{ return([source.name] if source.source_name == 'generic' else source.config.get('meta', {}).get('feeds', [])) }}
{% endmacro %}

{#- Whether a raw table is read at all: an entity is taken from it, or others of its system need it. -#}
{% macro is_read(source) %}
    {% set feeds = feeds_of(source) %}
    {% for entity in feeds if source.source_name in systems_with(entity) %}
        {{ return(true) }}
    {% endfor %}
    {{ return(not feeds and is_switched_on(source.source_name)) }}
{% endmacro %}

{#- The raw tables that an entity is taken from in all systems that are switched on. Known only when a run executes. -#}
{% macro feeding_tables(entity) %}
    {% set tables = [] %}
    {% for source in graph.sources.values() if source.source_name in systems_with(entity) and entity in feeds_of(source) %}
        {% do tables.append(source) %}
    {% endfor %}
    {{ return(tables) }}
{% endmacro %}
