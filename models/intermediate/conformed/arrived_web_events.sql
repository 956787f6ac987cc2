{{ config(materialized='view') }}

-- The raw rows that this build has to judge.
{% set touched = ref('touched_web_events') %}
{% if recomputes_changed_only('file') %}
select * from {{ touched }}
{% else %}
{{ versioned_web_events(file_versions('web_events'), all_files=true) }}
{% endif %}
