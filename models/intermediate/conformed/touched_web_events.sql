-- Where earlier builds judged most rows: the rows of new and changed files and whatever these touch, namely other rows of
-- the same ids, and rows whose time has come. Where everything is judged, none.
{% set columns = contract_columns('web_events') | map(attribute='name') | list %}
{% set versions = file_versions('web_events') %}
{% set judged = built_relation('accounted_web_events') if recomputes_changed_only('file') else none %}
{% set arrived = {} %}
{% if judged %}
    {% set known = run_query('select distinct source_version from ' ~ judged).columns[0].values() %}
    {% for file, version in versions.items() if version not in known %}
        {% do arrived.update({file: version}) %}
    {% endfor %}
{% endif %}

with

new_rows as (

    {{ versioned_web_events(arrived) }}
    where source_rows.source_file in ('' {%- for file in arrived %}, '{{ file | replace("'", "''") }}'{% endfor %})

)

select * from new_rows
{% if judged %}
union all
select
    judged.source_system,
    {% for column in columns %}
    judged.{{ column }},
    {% endfor %}
    judged.count_unreadable_values,
    case
        when judged.raw_defect <> 'future_timestamp' then judged.raw_defect
        when judged.occurred_at > {{ as_of() }} then 'future_timestamp'
    end as raw_defect,
    judged.source_version
from {{ judged }} as judged
where
    judged.source_version in ({{ text_list(versions.values() | list + ['']) }})
    and judged.event_id in (
        select event_id
        from new_rows
        union
        select event_id
        from {{ judged }}
        where
            source_version not in ({{ text_list(versions.values() | list + ['']) }})
            or (raw_defect is null and occurred_at > {{ as_of() }})
            or (raw_defect = 'future_timestamp' and occurred_at <= {{ as_of() }})
    )
{% endif %}
