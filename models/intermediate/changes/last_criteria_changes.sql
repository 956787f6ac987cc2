-- depends_on: {{ ref('last_build') }}
{% set kept = kept_until_whole() %}

select * from {{ kept or ref('criteria_changes') }}
