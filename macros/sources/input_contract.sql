{#- The contract's columns of an entity, as declared in models/staging/generic/_generic__sources.yml. -#}
{% macro contract_columns(entity) %}
    {{ return(source_columns('generic', entity)) }}
{% endmacro %}

{#- The columns of a raw table that are read, as declared in models/staging/<system>/_<system>__sources.yml. -#}
{% macro source_columns(system, table) %}
    {% if not execute %}{{ return([]) }}{% endif %}
    {% for source in graph.sources.values() if source.source_name == system and source.name == table %}
        {{ return(source.columns.values() | list) }}
    {% endfor %}
    {{ exceptions.raise_compiler_error("The source system '" ~ system ~ "' has no table '" ~ table ~ "'.") }}
{% endmacro %}

{% macro column_meta(column) %}
    {{ return(column.config.meta if column.config else column.meta) }}
{% endmacro %}

{% macro is_required(column) %}
    {{ return(column_meta(column).get('required', false)) }}
{% endmacro %}

{#- The column that says when a row happened: the entity's required time, or none. -#}
{% macro event_time_column(entity) %}
    {% for column in contract_columns(entity) if column.data_type in ('timestamp', 'date') and is_required(column) %}
        {{ return(column.name) }}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}
