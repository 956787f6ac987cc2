{#- The stages in their order; recycled and disqualified stand aside. -#}
{% macro stage_names() %}
    {{ return(['lead', 'mql', 'sal', 'sql', 'opportunity', 'customer', 'repeat_customer']) }}
{% endmacro %}

{#- What a count of leads in a stage is called. -#}
{% macro stage_plural(stage) %}
    {{ return('opportunities' if stage == 'opportunity' else stage ~ 's') }}
{% endmacro %}
