{#- How the raw rows of a table of a source system are read: a dict of `relation` (SQL for a from clause, or none when there
    is no such table) and `columns`: lower-cased name -> {name, type} as delivered. -#}
{% macro raw_reader(source_relation, system='generic') %}
    {{ return(adapter.dispatch('raw_reader', 'leadhouse')(source_relation, system)) }}
{% endmacro %}

{#- Other engines: a table of the schema that the source definition names. -#}
{% macro default__raw_reader(source_relation, system) %}
    {% set existing = delivered_table(source_relation, system) %}
    {% if existing is none %}
        {{ return({'relation': none, 'columns': {}}) }}
    {% endif %}
    {% set columns = {} %}
    {#- Types by DuckDB's names, which the models compare them with. -#}
    {% set names = {
        'TEXT': 'VARCHAR', 'STRING': 'VARCHAR', 'CHARACTER VARYING': 'VARCHAR', 'CHARACTER': 'VARCHAR',
        'TIMESTAMP WITHOUT TIME ZONE': 'TIMESTAMP', 'TIMESTAMP_NTZ': 'TIMESTAMP', 'DOUBLE PRECISION': 'DOUBLE', 'FLOAT64': 'DOUBLE',
        'INT64': 'BIGINT', 'BOOL': 'BOOLEAN',
    } %}
    {% for column in adapter.get_columns_in_relation(existing) %}
        {% set type = column.dtype | upper %}
        {% do columns.update({column.name | lower: {'name': column.name, 'type': names.get(type, type)}}) %}
    {% endfor %}
    {{ return({'relation': existing, 'columns': columns}) }}
{% endmacro %}

{#- The table under the first of its names that there is; none where there is none. -#}
{% macro delivered_table(source_relation, system) %}
    {% for source in graph.sources.values() if source.source_name == system and source.name == source_relation.identifier %}
        {% for name in [source.name] + source.config.get('meta', {}).get('also_named', []) %}
            {% set found = load_relation(source_relation.incorporate(path={'identifier': name})) %}
            {% if found %}{{ return(found) }}{% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}

{#- DuckDB: the files of the table in the raw folder. -#}
{% macro duckdb__raw_reader(source_relation, system) %}
    {% for source in graph.sources.values() if source.source_name == system and source.name == source_relation.identifier %}
        {{ return(file_reader(table_files(source))) }}
    {% endfor %}
{% endmacro %}

{#- The home of what Leadhouse writes, as in profiles.yml: the same wherever dbt is called from. It is looked at only when a
    run executes: what dbt has parsed for one home holds for another one. -#}
{% macro home_path() %}
    {{ return(env_var('LEADHOUSE_HOME', flags.PROFILES_DIR ~ '/warehouse') if execute else '') }}
{% endmacro %}

{% macro raw_path() %}
    {{ return(run_setting('raw_path') or home_path() ~ '/raw') }}
{% endmacro %}

{#- The folder of a system's raw tables: that of the contract's own tables is the raw folder itself, every other system has one
    below it. -#}
{% macro system_folder(system) %}
    {{ return(raw_path().rstrip('/') ~ ('' if system == 'generic' else '/' ~ system)) }}
{% endmacro %}

{#- The files of a raw table, under the first of its names that has some: connectors differ in how they call a table. -#}
{% macro table_files(source) %}
    {% set folder = system_folder(source.source_name) %}
    {% for name in [source.name] + source.config.get('meta', {}).get('also_named', []) %}
        {% set files = raw_files(name, folder) %}
        {% if files %}{{ return(files) }}{% endif %}
    {% endfor %}
    {{ return([]) }}
{% endmacro %}

{#- The files of a table in a folder: `leads.csv`, its parts `leads.2024.csv`, `leads-1.csv`, `leads_part1.csv`, or a folder
    `leads/`. The same rule as in the package's contract.py. -#}
{% macro raw_files(table, folder) %}
    {% set glob = glob_literal(folder) %}
    {% set query %}
        select distinct file
        from (
            select file from glob('{{ glob }}/*')
            union all
            select file from glob('{{ glob }}/{{ table }}/**/*')
        )
        where regexp_matches(substr(file, {{ folder | length + 2 }}), '{{ file_pattern(table) }}')
        order by file
    {% endset %}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}

{#- A path within a SQL literal that is read as a glob: each character stands for itself. -#}
{% macro glob_literal(path) %}
    {{ return(path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') | replace("'", "''")) }}
{% endmacro %}

{#- Which paths below the raw folder are files of an entity. -#}
{% macro file_pattern(entity) %}
    {% set pattern -%}
        ^(?:{{ entity }}(?:(?:\.|-|_part)[^/]*)?|{{ entity }}/(?:[^._/][^/]*/)*[^._/][^/]*)\.(parquet|csv|jsonl|ndjson|json|csv\.gz|jsonl\.gz|ndjson\.gz|json\.gz)$
    {%- endset %}
    {{ return(pattern) }}
{% endmacro %}

{#- What reads these files, all of one format. The options are those of the package's contract.py, with the reasons
    there: nothing is guessed that could lose a row. -#}
{% macro file_reader(files) %}
    {% if not files %}
        {{ return({'relation': none, 'columns': {}}) }}
    {% endif %}
    {% set literals = [] %}
    {% for file in files %}
        {% do literals.append("'" ~ glob_literal(file) ~ "'") %}
    {% endfor %}
    {% set list = '[' ~ literals | join(', ') ~ ']' %}
    {% set format = file_format(files[0]) %}
    {% if format == 'json' %}
        {{ return(json_reader(list)) }}
    {% elif format == 'csv' %}
        {% set relation %}read_csv(
        {{ list }}, header = true, all_varchar = true, union_by_name = true, quote = '"', escape = '"', comment = '', skip = 0,
        strict_mode = true, null_padding = false, ignore_errors = false, max_line_size = 16777216, buffer_size = 33554432,
        filename = '{{ file_column() }}'
    ){% endset %}
    {% else %}
        {% set relation = 'read_parquet(' ~ list ~ ", union_by_name = true, binary_as_string = true, filename = '" ~ file_column() ~ "')" %}
    {% endif %}
    {% set columns = {} %}
    {% for row in run_query('describe select * from ' ~ relation).rows if row['column_name'] != file_column() %}
        {% do columns.update({row['column_name'] | lower: {'name': row['column_name'], 'type': row['column_type'] | upper}}) %}
    {% endfor %}
    {% if columns.keys() | list == ['column0'] and format == 'csv' %}
        {#- A CSV file of no bytes at all. -#}
        {{ return({'relation': none, 'columns': {}}) }}
    {% endif %}
    {{ return({'relation': relation, 'columns': columns, 'has_files': true}) }}
{% endmacro %}

{% macro json_reader(list) %}
    {% set keys %}
        select distinct unnest(json_keys(json)) as key
        from read_ndjson_objects({{ list }}, maximum_object_size = 16777216)
        order by key
    {% endset %}
    {% set columns, fields = {}, [] %}
    {% for key in run_query(keys).columns[0].values() %}
        {% do columns.update({key | lower: {'name': key, 'type': 'VARCHAR'}}) %}
        {% do fields.append("'" ~ key | replace("'", "''") ~ "': 'VARCHAR'") %}
    {% endfor %}
    {% if not fields %}
        {{ return({'relation': none, 'columns': {}}) }}
    {% endif %}
    {% set relation %}read_json(
        {{ list }}, format = 'newline_delimited', records = true, maximum_object_size = 16777216,
        columns = { {{- fields | join(', ') -}} }, filename = '{{ file_column() }}'
    ){% endset %}
    {{ return({'relation': relation, 'columns': columns, 'has_files': true}) }}
{% endmacro %}

{#- What the readers call the file that a row stands in; no delivered column has this name. -#}
{% macro file_column() %}
    {{ return('_leadhouse_file') }}
{% endmacro %}

{#- The files of an event entity in all systems, each with a version that is new whenever its content may be: name in the raw
    folder, size and time of change, and the same of the tables that its rows look something up in (`looks_up` in the source
    definition). A file that was changed within the last seconds may change again within the same second, so its version holds for
    this run only. -#}
{% macro file_versions(entity) %}
    {% set versions, literals, lookups, stamps = {}, [], {}, {} %}
    {% for source in (feeding_tables(entity) if execute and target.type == 'duckdb' else []) %}
        {% set looked_up = looked_up_files(source) %}
        {% for file in table_files(source) %}
            {% do lookups.update({file: looked_up}) %}
        {% endfor %}
    {% endfor %}
    {% for file, looked_up in lookups.items() %}
        {% for name in [file] + looked_up %}
            {% do literals.append("'" ~ glob_literal(name) ~ "'") %}
        {% endfor %}
    {% endfor %}
    {% if not literals %}{{ return(versions) }}{% endif %}
    {% set query %}
        select
            filename,
            cast(size as {{ dbt.type_string() }}) || ' ' || cast(epoch_us(last_modified) as {{ dbt.type_string() }}),
            last_modified > cast('{{ run_started_at }}' as timestamptz) - interval '2 seconds'
        from read_blob([{{ literals | unique | join(', ') }}])
        order by filename
    {% endset %}
    {% for file, stamp, is_recent in run_query(query).rows %}
        {% do stamps.update({file: file[raw_path() | length:] ~ ' ' ~ stamp ~ (' ' ~ invocation_id if is_recent else '')}) %}
    {% endfor %}
    {% for file in lookups | sort %}
        {% set told = [] %}
        {% for name in [file] + lookups[file] %}
            {% do told.append(stamps[name]) %}
        {% endfor %}
        {% do versions.update({file: local_md5(told | join(' '))}) %}
    {% endfor %}
    {{ return(versions) }}
{% endmacro %}

{#- The files of the tables that a table's rows look something up in. -#}
{% macro looked_up_files(source) %}
    {% set files = [] %}
    {% for other in graph.sources.values()
        if other.source_name == source.source_name and other.name in source.config.get('meta', {}).get('looks_up', []) %}
        {% do files.extend(table_files(other)) %}
    {% endfor %}
    {{ return(files | sort) }}
{% endmacro %}

{% macro file_format(file) %}
    {% set name = file | lower | replace('.gz', '') %}
    {{ return('parquet' if name.endswith('.parquet') else 'csv' if name.endswith('.csv') else 'json') }}
{% endmacro %}
