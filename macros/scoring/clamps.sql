{#- What a rule contributes when `activity_count` activities count and their points sum to `points`: nothing below
    min_count, cut at max_points in size. `rules` is the alias of engagement_rule_versions. -#}
{% macro rule_contribution(activity_count, points, rules) -%}
    case
        when {{ activity_count }} < {{ rules }}.min_count then 0
        else {{ clamped(points, '-' ~ rules ~ '.max_points', rules ~ '.max_points') }}
    end
{%- endmacro %}

{#- A value within limits, either of which may be null for open. -#}
{% macro clamped(value, lowest, highest) -%}
    case
        when {{ value }} > {{ highest }} then {{ highest }}
        when {{ value }} < {{ lowest }} then {{ lowest }}
        else {{ value }}
    end
{%- endmacro %}
