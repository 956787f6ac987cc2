{#- Before any model is built: every file of every entity has the columns that the contract requires, and one format.
    The package's `leadhouse validate` also reads the files to their end. -#}
{% macro check_sources() %}
    {% if execute and target.type == 'duckdb' %}
        {% set all_files = [] %}
        {% for source in graph.sources.values() if source.source_name == 'generic' %}
            {% set files = raw_files(source.name) %}
            {% do all_files.extend(files) %}
            {% set formats = [] %}
            {% for file in files %}
                {% do formats.append(file_format(file)) %}
                {% do require_columns(contract_columns(source.name), file_reader([file]), 'generic', source.name, file) %}
            {% endfor %}
            {% if formats | unique | list | length > 1 %}
                {{ exceptions.raise_compiler_error(
                    "System 'generic', table '" ~ source.name ~ "': files of different formats: " ~ files | join(', ')
                    ~ ". Deliver one table in one format."
                ) }}
            {% endif %}
        {% endfor %}
        {% if not all_files %}
            {% do exceptions.warn("No raw table in " ~ raw_path() ~ ": every mart will be empty. Set the variable raw_path.") %}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro require_columns(columns, reader, source_system, entity, place) %}
    {% for column in columns if reader.relation and is_required(column) and column.name not in reader.columns %}
        {{ exceptions.raise_compiler_error(
            "System '" ~ source_system ~ "', table '" ~ entity ~ "': required column '" ~ column.name ~ "' is missing in "
            ~ place ~ ". Add the column, or take the table away if there is none."
        ) }}
    {% endfor %}
{% endmacro %}
