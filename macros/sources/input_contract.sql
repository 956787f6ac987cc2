{#- The contract's columns of an entity, as declared in models/staging/generic/_generic__sources.yml. -#}
{% macro contract_columns(entity) %}
    {% if not execute %}{{ return([]) }}{% endif %}
    {% for source in graph.sources.values() if source.source_name == 'generic' and source.name == entity %}
        {{ return(source.columns.values() | list) }}
    {% endfor %}
    {{ exceptions.raise_compiler_error("The input contract has no entity '" ~ entity ~ "'.") }}
{% endmacro %}

{% macro is_required(column) %}
    {{ return((column.config.meta if column.config else column.meta).get('required', false)) }}
{% endmacro %}

{#- The column that says when a row happened: the entity's required time, or none. -#}
{% macro event_time_column(entity) %}
    {% for column in contract_columns(entity) if column.data_type in ('timestamp', 'date') and is_required(column) %}
        {{ return(column.name) }}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}
