{#- The builds that the package has recorded so far, one JSON object a line. A torn last line is passed over. -#}
{% macro build_records() %}
    {{ return(adapter.dispatch('build_records', 'leadhouse')()) }}
{% endmacro %}

{% macro build_record_columns() %}
    {{ return({
        'build_id': 'varchar', 'leadhouse_version': 'varchar', 'criteria_hash': 'varchar', 'status': 'varchar',
        'selection': 'varchar', 'count_models': 'bigint', 'count_tests': 'bigint', 'count_failed': 'bigint',
        'count_rows': 'bigint', 'seconds': 'decimal(18, 3)', 'peak_memory_mb': 'decimal(18, 3)',
        'is_full_refresh': 'boolean', 'as_of': 'timestamp', 'started_at': 'timestamp', 'finished_at': 'timestamp',
    }) }}
{% endmacro %}

{% macro default__build_records() %}
select
    {% for name, type in build_record_columns().items() %}
    cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
where false
{% endmacro %}

{% macro duckdb__build_records() %}
    {% set path = home_path() ~ '/build_runs.jsonl' %}
    {% set literal = "'" ~ path | replace("'", "''") ~ "'" %}
    {% if not execute or run_query('select count(*) from glob(' ~ literal ~ ')').columns[0].values()[0] == 0 %}
        {{ return(default__build_records()) }}
    {% endif %}
select
    {% for name in build_record_columns() %}
    {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from read_json(
    {{ literal }},
    format = 'newline_delimited',
    ignore_errors = true,
    columns = {
        {% for name, type in build_record_columns().items() %}
        {{ name }}: '{{ type }}'{{ ',' if not loop.last }}
        {% endfor %}
    }
)
{% endmacro %}
