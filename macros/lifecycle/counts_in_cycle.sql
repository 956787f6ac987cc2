{#- Whether a moment of stage_moments counts in a cycle: a rule's holding by itself in the first, at a new activity in
    later ones, what the CRM and sales say in any. -#}
{% macro counts_in_cycle(moments, is_first, started_at) -%}
    (
        {{ moments }}.is_first_cycle is null
        or ({{ moments }}.is_first_cycle and {{ is_first }})
        or (not {{ moments }}.is_first_cycle and not {{ is_first }} and {{ moments }}.moment > {{ started_at }})
    )
{%- endmacro %}
