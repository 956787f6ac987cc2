-- The criteria as text, to be held against those of an earlier build.
{% for seed, table in criteria_tables().items() %}
{% set last_seed = loop.last %}
{% for column in table['columns'] %}
select
    '{{ seed }}' as seed_name,
    {{ criteria_key(seed) }} as row_key,
    {{ 'scorecard_id' if 'scorecard_id' in table['key'] else null_text() }} as scorecard_id,
    {{ 'rule_id' if 'rule_id' in table['key'] else null_text() }} as rule_id,
    '{{ column }}' as column_name,
    {{ loop.index }} as column_position,
    {{ criteria_text(seed, column) }} as column_value
from {{ ref(seed) }}
{% if not (loop.last and last_seed) %}union all{% endif %}
{% endfor %}
{% endfor %}
