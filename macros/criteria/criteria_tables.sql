{#- The criteria as tables: which columns name a row, and which say what it does, in the order of the file. Numbers among
    these are shown without needless zeros. -#}
{% macro criteria_tables() %}
    {% set validity = ['valid_to', 'description'] %}
    {{ return({
        'scorecards': {'key': ['scorecard_id'], 'columns': ['description', 'is_champion', 'max_score']},
        'score_groups': {
            'key': ['scorecard_id', 'group_id'],
            'columns': ['dimension', 'min_points', 'max_points'],
        },
        'fit_rules': {
            'key': ['scorecard_id', 'rule_id', 'valid_from'],
            'columns': ['group_id', 'attribute', 'operator', 'value', 'points'] + validity,
        },
        'engagement_rules': {
            'key': ['scorecard_id', 'rule_id', 'valid_from'],
            'columns': [
                'group_id', 'activity_type', 'points', 'min_count', 'window_days', 'max_points', 'decay', 'decay_days',
                'decay_percent',
            ] + validity,
        },
        'score_bands': {'key': ['scorecard_id', 'dimension', 'band'], 'columns': ['min_points']},
        'stage_rules': {
            'key': ['scorecard_id', 'stage', 'rule_id', 'clause', 'valid_from'],
            'columns': ['metric', 'operator', 'value', 'window_days'] + validity,
        },
        'exclusions': {'key': ['attribute', 'operator', 'value'], 'columns': ['reason']},
        'crm_statuses': {'key': ['system', 'status'], 'columns': ['stage', 'reason']},
    }) }}
{% endmacro %}
