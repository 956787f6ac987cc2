{#- The staged web events of the given files (path -> version), each with the version of its file. `all_files`: these are all
    that there are. -#}
{% macro versioned_web_events(versions, all_files=false) %}
    select
        source_rows.source_system,
        {% for column in contract_columns('web_events') %}
        source_rows.{{ column.name }},
        {% endfor %}
        source_rows.count_unreadable_values,
        source_rows.raw_defect,
        files.source_version
    from ({{ union_systems('web_events') }}) as source_rows
    left join (
        select
            cast(null as {{ dbt.type_string() }}) as source_file,
            cast(null as {{ dbt.type_string() }}) as source_version
        {% for file, version in versions.items() %}
        union all
        select
            '{{ file | replace("'", "''") }}' as source_file,
            '{{ version }}' as source_version
        {% endfor %}
    ) as files on source_rows.source_file = files.source_file
    {% if not all_files %}
    where source_rows.source_file in ('' {%- for file in versions %}, '{{ file | replace("'", "''") }}'{% endfor %})
    {% endif %}
{% endmacro %}

{#- The files of web events that are not among the versions which `judged`, accounted_web_events as earlier builds left it,
    was made from. -#}
{% macro new_web_event_files(judged) %}
    {% set arrived = {} %}
    {% if judged %}
        {% set known = run_query('select distinct source_version from ' ~ judged).columns[0].values() %}
        {% for file, version in file_versions('web_events').items() if version not in known %}
            {% do arrived.update({file: version}) %}
        {% endfor %}
    {% endif %}
    {{ return(arrived) }}
{% endmacro %}

{#- accounted_web_events as earlier builds left it, where only what has changed since is judged; else none. -#}
{% macro judged_web_events() %}
    {{ return(built_relation('accounted_web_events') if recomputes_changed_only('file') else none) }}
{% endmacro %}
