{#- Whether a stage was reached at or after a moment and less than `days` later: an activity that makes a stage stands at
    the very moment of the stage. -#}
{% macro follows(reached_at, moment, days) -%}
    ({{ reached_at }} >= {{ moment }} and {{ reached_at }} < {{ add_time(moment, days, 'day') }})
{%- endmacro %}
