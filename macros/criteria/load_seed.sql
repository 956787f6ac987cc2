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
