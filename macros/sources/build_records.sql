{#- What the package has recorded so far in a file of the home folder, or in all that match; one JSON object a line. -#}
{% macro records(files, columns) %}
    {{ return(adapter.dispatch('records', 'leadhouse')(files, columns)) }}
{% endmacro %}

{#- The builds, failed ones too. A torn last line is passed over. -#}
{% macro build_records() %}
    {{ return(records('build_runs.jsonl', {
        'build_id': 'varchar', 'published_build_id': 'varchar', 'resumed_build_id': 'varchar',
        'leadhouse_version': 'varchar', 'criteria_hash': 'varchar', 'status': 'varchar', 'selection': 'varchar',
        'rebuild_reason': 'varchar', 'build_number': 'bigint', 'count_models': 'bigint', 'count_tests': 'bigint',
        'count_failed': 'bigint', 'count_warnings': 'bigint', 'count_rows': 'bigint', 'seconds': 'decimal(18, 3)',
        'peak_memory_mb': 'decimal(18, 3)', 'is_full_refresh': 'boolean', 'as_of': 'timestamp',
        'started_at': 'timestamp', 'finished_at': 'timestamp',
    })) }}
{% endmacro %}

{#- The nodes of the newest builds. -#}
{% macro build_node_records() %}
    {{ return(records('build_run_models/*.jsonl', {
        'build_id': 'varchar', 'node_name': 'varchar', 'resource_type': 'varchar', 'status': 'varchar',
        'count_rows': 'bigint', 'count_failed_rows': 'bigint', 'seconds': 'decimal(18, 3)',
    })) }}
{% endmacro %}

{#- What published builds have found changed in the criteria. -#}
{% macro criteria_change_records() %}
    {{ return(records('criteria_changes.jsonl', {
        'build_id': 'varchar', 'earlier_build_id': 'varchar', 'change_number': 'bigint', 'scorecard_id': 'varchar',
        'rule_id': 'varchar', 'seed_name': 'varchar', 'row_key': 'varchar', 'change_kind': 'varchar',
        'changes': 'varchar', 'count_leads_compared': 'bigint', 'count_leads_score_changed': 'bigint',
        'count_leads_grade_changed': 'bigint', 'count_mqls_before': 'bigint', 'count_mqls_after': 'bigint',
        'count_sqls_before': 'bigint', 'count_sqls_after': 'bigint', 'compared_at': 'timestamp', 'as_of': 'timestamp',
    })) }}
{% endmacro %}

{% macro default__records(files, columns) %}
select
    {% for name, type in columns.items() %}
    cast(null as {{ engine_type(type) }}) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
{{ no_rows() }}
{% endmacro %}

{% macro duckdb__records(files, columns) %}
    {% set literal = "'" ~ (home_path() ~ '/' ~ files) | replace("'", "''") ~ "'" %}
    {% if not execute or run_query('select count(*) from glob(' ~ literal ~ ')').columns[0].values()[0] == 0 %}
        {{ return(default__records(files, columns)) }}
    {% endif %}
select
    {% for name in columns %}
    {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from read_json(
    {{ literal }},
    format = 'newline_delimited',
    ignore_errors = true,
    columns = {
        {% for name, type in columns.items() %}
        {{ name }}: '{{ type }}'{{ ',' if not loop.last }}
        {% endfor %}
    }
)
{% endmacro %}
