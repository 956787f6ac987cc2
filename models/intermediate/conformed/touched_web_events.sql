-- Where earlier builds judged most rows: the rows of new and changed files, and all others of touched_web_event_ids; else
-- none.
{% set touched = ref('touched_web_event_ids') %}
{% set judged = judged_web_events() %}

select * from ({{ versioned_web_events(new_web_event_files(judged)) }}) as new_rows
{% if judged %}
union all
select
    judged.source_system,
    {% for column in contract_columns('web_events') %}
    judged.{{ column.name }},
    {% endfor %}
    judged.count_unreadable_values,
    case
        when judged.raw_defect <> 'future_timestamp' then judged.raw_defect
        when judged.occurred_at > {{ as_of() }} then 'future_timestamp'
    end as raw_defect,
    judged.source_version
from {{ judged }} as judged
where
    judged.source_version in ({{ text_list(file_versions('web_events').values() | list + ['']) }})
    and judged.event_id in (select event_id from {{ touched }})
{% endif %}
