-- Where earlier builds judged most rows: the ids of events that came, went, or whose time has come since; else none.
{% set judged = judged_web_events() %}

select
    source_system,
    event_id
from ({{ versioned_web_events(new_web_event_files(judged)) }}) as new_rows
where event_id is not null
{% if judged %}
{{ union_distinct() }}
select
    source_system,
    event_id
from {{ judged }}
where
    source_version not in ({{ text_list(file_versions('web_events').values() | list + ['']) }})
    or (raw_defect is null and occurred_at > {{ as_of() }})
    or (raw_defect = 'future_timestamp' and occurred_at <= {{ as_of() }})
{% endif %}
