{#- The changes of an earlier run that did not come to its end, for they are to be done again; none where it did. -#}
{% macro unfinished_changes(model_name) %}
    {% if not execute or model.resource_type == 'unit_test' or rebuild_scope() == 'all' %}{{ return(none) }}{% endif %}
    {% set changes, last_build = built_relation(model_name), built_relation('last_build') %}
    {% if not changes or not last_build %}{{ return(none) }}{% endif %}
    {{ return(
        '(select * from ' ~ changes ~ ' where invocation_id <> (select max(invocation_id) from ' ~ last_build ~ '))'
    ) }}
{% endmacro %}

{#- In a run that builds a part of the project only, what the last whole one left here: it stays as it is. -#}
{% macro kept_until_whole() %}
    {% set plan = build_plan() %}
    {% if plan and not plan['is_whole'] and built_relation(model.name) %}
        {{ return(built_relation(model.name)) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}
