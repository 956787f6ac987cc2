{#- DuckDB: rows of a seed file, read as `leadhouse validate` reads them. dbt's own way lets the database guess the quotes, and
    puts the cells into the columns that the table had before, whatever the file's first line says: two columns that changed
    places in a spreadsheet would be taken for each other. It also looks for the file where the project was when it was
    parsed, which may be another copy of it. -#}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {% set columns = get_seed_column_quoted_csv(model, agate_table.column_names) %}
    {% set path = (invocation_args_dict.get('project_dir') or model.root_path) ~ '/' ~ model.original_file_path %}
    {% set sql %}
        copy {{ this.render() }} ({{ columns }}) from '{{ path | replace("'", "''") }}' (
            format csv, header true, auto_detect false, delimiter ',', quote '"', escape '"', nullstr ''
        )
    {% endset %}
    {% do adapter.add_query(sql, abridge_sql_log=True) %}
    {{ return(sql) }}
{% endmacro %}

{#- Spark: dbt's own way plans a cast for each cell, which takes longer than many a model. Here the rows are one text. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {% set rows, cells = [], [] %}
    {% for row in agate_table.rows %}
        {% do rows.append(row.values() | list) %}
    {% endfor %}
    {% for type in seed_types(model, agate_table).values() %}
        {% do cells.append('cast(cells[' ~ loop.index0 ~ '] as ' ~ type ~ ')') %}
    {% endfor %}
    {% set sql %}
        insert into {{ this.render() }}
        select {{ cells | join(', ') }}
        from (select explode(from_json({{ spark_literal(tojson(rows)) }}, 'array<array<string>>')) as cells) as seed_rows
    {% endset %}
    {% do adapter.add_query(sql, abridge_sql_log=True) %}
    {{ return(sql) }}
{% endmacro %}

{% macro spark__create_csv_table(model, agate_table) %}
    {% set columns = [] %}
    {% for name, type in seed_types(model, agate_table).items() %}
        {% do columns.append(adapter.quote(name) ~ ' ' ~ type) %}
    {% endfor %}
    {% set sql = 'create table ' ~ this.render() ~ ' (' ~ columns | join(', ') ~ ') ' ~ file_format_clause() %}
    {% call statement('create_seed') %}{{ sql }}{% endcall %}
    {{ return(sql) }}
{% endmacro %}

{#- Column of a seed -> its type, as its YAML says. -#}
{% macro seed_types(model, agate_table) %}
    {% set types, told = {}, model['config'].get('column_types', {}) %}
    {% for name in agate_table.column_names %}
        {% do types.update({name: engine_type(told.get(name, 'varchar'))}) %}
    {% endfor %}
    {{ return(types) }}
{% endmacro %}
