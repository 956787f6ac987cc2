{#- Before any model is built: every file of every raw table has the columns that it needs, none of them twice, and one
    format, and none is passed over because of its name. The package's `leadhouse validate` also reads the files to their
    end. -#}
{% macro check_sources() %}
    {% if execute and target.type == 'duckdb' %}
        {% set all_files, tables = [], {} %}
        {% for source in graph.sources.values() if is_read(source) %}
            {% set files = table_files(source) %}
            {% do all_files.extend(files) %}
            {% do tables.setdefault(source.source_name, []).append(source.name) %}
            {% do check_files(source, files) %}
        {% endfor %}
        {% for system, names in tables.items() %}
            {% do check_file_names(names, system_folder(system)) %}
        {% endfor %}
        {% if not all_files %}
            {% do exceptions.warn("No raw table in " ~ raw_path() ~ ": every mart will be empty. Set the variable raw_path.") %}
        {% endif %}
    {% endif %}
{% endmacro %}

{#- Each file is checked alone: the union of a good and a bad one has every column, but the bad one's rows would be
    empty. -#}
{% macro check_files(source, files) %}
    {% set system, entity = source.source_name, source.name %}
    {% set table = "System '" ~ system ~ "', table '" ~ entity ~ "': " %}
    {% set columns, formats, keys, types = source.columns.values() | list, [], {}, {} %}
    {% for file in files %}
        {% set reader = file_reader([file]) %}
        {% do formats.append(file_format(file)) %}
        {% do require_columns(columns, reader, system, entity, file) %}
        {% set delivered = delivered_columns(columns, reader, system) %}
        {% for column in columns if column.data_type == 'varchar' and column.name in delivered %}
            {% do types.update({column.name: types.get(column.name, []) + [delivered[column.name].type]}) %}
        {% endfor %}
        {% set names, strangers = {}, [] %}
        {% for name in written_columns(file, reader) %}
            {% set lower = name | trim | lower %}
            {% if lower not in columns | map(attribute='name') %}
                {% do strangers.append(name) %}
            {% elif lower in names or (file_format(file) == 'json' and keys.get(lower, name) != name) %}
                {{ exceptions.raise_compiler_error(
                    table ~ "column '" ~ name ~ "' occurs twice (upper and lower case do not differ) in " ~ file
                    ~ ". Keep one of them, and write it the same way in all files."
                ) }}
            {% endif %}
            {% do names.update({lower: name}) %}
            {% do keys.update({lower: name}) %}
        {% endfor %}
        {#- Other systems' tables have many columns that nothing is made of. -#}
        {% if strangers and system == 'generic' %}
            {% do exceptions.warn(
                table ~ "not read, because the contract does not know them, are the columns " ~ strangers | join(', ')
                ~ " of " ~ file ~ "."
            ) %}
        {% endif %}
    {% endfor %}
    {% for name, kinds in types.items() if 'VARCHAR' in kinds and ('FLOAT' in kinds or 'DOUBLE' in kinds) %}
        {{ exceptions.raise_compiler_error(
            table ~ "column '" ~ name ~ "' has different types in its files (" ~ kinds | unique | join(', ')
            ~ "). Write it as text in all files."
        ) }}
    {% endfor %}
    {% if formats | unique | list | length > 1 %}
        {{ exceptions.raise_compiler_error(
            table ~ "files of different formats: " ~ files | join(', ') ~ ". Deliver one table in one format."
        ) }}
    {% endif %}
{% endmacro %}

{% macro require_columns(columns, reader, source_system, entity, place) %}
    {% set delivered = delivered_columns(columns, reader, source_system) %}
    {% for column in columns if reader.relation and is_required(column) and column.name not in delivered %}
        {{ exceptions.raise_compiler_error(
            "System '" ~ source_system ~ "', table '" ~ entity ~ "': required column '" ~ column.name ~ "' is missing in "
            ~ place ~ ". Add the column, or take the table away if there is none."
        ) }}
    {% endfor %}
{% endmacro %}

{#- The column names of a file as they are written; the reader itself makes repeated ones unique by a suffix. -#}
{% macro written_columns(file, reader) %}
    {% if not reader.relation or file_format(file) == 'json' %}
        {{ return(reader.columns.values() | map(attribute='name') | select | list) }}
    {% endif %}
    {% set names, pending = [], namespace(nodes=0) %}
    {% if file_format(file) == 'csv' %}
        {#- Marked as text: a column of names that look like numbers would come back as numbers. -#}
        {% set query %}
            select 'name ' || coalesce(unnest(list_value(*columns(* exclude ({{ file_column() }})))), '')
            from (select * from {{ reader.relation | replace('header = true', 'header = false') }} limit 1)
        {% endset %}
        {% for row in run_query(query).rows %}
            {% do names.append(row[0][5:]) %}
        {% endfor %}
        {{ return(names | select | list) }}
    {% endif %}
    {% set query %}
        select
            'name ' || name,
            coalesce(num_children, 0)
        from parquet_schema('{{ glob_literal(file) }}')
    {% endset %}
    {#- The first node is the root; what is nested in a column follows it. -#}
    {% for row in (run_query(query).rows | list)[1:] %}
        {% if pending.nodes == 0 %}
            {% do names.append(row[0][5:]) %}
            {% set pending.nodes = row[1] %}
        {% else %}
            {% set pending.nodes = pending.nodes + row[1] - 1 %}
        {% endif %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{#- `Leads.CSV` or a folder `leads.parquet/`: to pass over them would be to lose a table in silence. -#}
{% macro check_file_names(entities, folder) %}
    {% set any_entity = '(?:' ~ entities | join('|') ~ ')' %}
    {% set query %}
        with listed as (
            select distinct substr(file, {{ folder | length + 2 }}) as path
            from (
                select file from glob('{{ glob_literal(folder) }}/*')
                union all
                select file from glob('{{ glob_literal(folder) }}/*/**/*')
            )
        )

        select path
        from listed
        where
            not regexp_matches(path, '{{ file_pattern(any_entity) }}')
            and (
                regexp_matches(lower(path), '{{ file_pattern(any_entity) }}')
                or (contains(path, '/') and regexp_matches(lower(split_part(path, '/', 1)), '{{ file_pattern(any_entity) }}'))
            )
        order by path
    {% endset %}
    {% for row in run_query(query).rows %}
        {{ exceptions.raise_compiler_error(
            "'" ~ row[0] ~ "' in " ~ folder ~ " would not be read because of its name. Names are in lower case, and a folder of"
            ~ " parts has the name of its table alone: leads.csv, or leads/part-1.csv."
        ) }}
    {% endfor %}
{% endmacro %}
