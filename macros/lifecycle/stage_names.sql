{#- The stages in their order; recycled and disqualified stand aside. -#}
{% macro stage_names() %}
    {{ return(['lead', 'mql', 'sal', 'sql', 'opportunity', 'customer', 'repeat_customer']) }}
{% endmacro %}

{#- What a count of leads in a stage is called. -#}
{% macro stage_plural(stage) %}
    {{ return('opportunities' if stage == 'opportunity' else stage ~ 's') }}
{% endmacro %}

{#- The steps that conversion_curves follows: from the entry into one stage to that into a later one. -#}
{% macro curve_steps() %}
    {{ return([
        ('lead', 'mql'), ('mql', 'sql'), ('sql', 'opportunity'), ('opportunity', 'customer'), ('lead', 'customer'),
    ]) }}
{% endmacro %}
