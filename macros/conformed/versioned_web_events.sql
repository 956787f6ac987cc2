{#- The staged web events of the given files (path -> version), each with the version of its file. -#}
{% macro versioned_web_events(versions) %}
    select
        source_rows.source_system,
        {% for column in contract_columns('web_events') %}
        source_rows.{{ column.name }},
        {% endfor %}
        source_rows.count_unreadable_values,
        source_rows.raw_defect,
        files.source_version
    from ({{ union_systems('web_events', var('web_systems')) }}) as source_rows
    left join (
        select
            cast(null as varchar) as source_file,
            cast(null as varchar) as source_version
        {% for file, version in versions.items() %}
        union all
        select
            '{{ file | replace("'", "''") }}' as source_file,
            '{{ version }}' as source_version
        {% endfor %}
    ) as files on source_rows.source_file = files.source_file
{% endmacro %}
