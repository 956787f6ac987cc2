{#- The stages whose entry is credited to the touches before it, in their order. -#}
{% macro attribution_targets() %}
    {{ return(['lead', 'mql', 'sql', 'opportunity', 'customer']) }}
{% endmacro %}

{#- The models that divide each conversion by itself; markov, which does not, stands beside them. -#}
{% macro credit_models() %}
    {{ return([
        'first_touch', 'last_touch', 'last_non_direct', 'linear', 'position_based', 'w_shaped', 'time_decay', 'shapley',
    ]) }}
{% endmacro %}
