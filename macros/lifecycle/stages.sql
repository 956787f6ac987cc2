{% macro stage_rank(stage) -%}
    case {{ stage }} {% for name in stage_names() %}when '{{ name }}' then {{ loop.index }} {% endfor %}end
{%- endmacro %}

{% macro stage_name(rank) -%}
    case {{ rank }} {% for name in stage_names() %}when {{ loop.index }} then '{{ name }}' {% endfor %}end
{%- endmacro %}

{#- Where a lead stands in its current cycle, given a row of current_cycles. -#}
{% macro current_stage(cycles) -%}
    case
        when {{ cycles }}.is_disqualified then 'disqualified'
        when {{ cycles }}.is_recycled then 'recycled'
        else {{ stage_name(cycles ~ '.furthest_rank') }}
    end
{%- endmacro %}

{#- The stages below the furthest that a lead has no time for, as text; null where there is none. -#}
{% macro skipped_stages(times) -%}
    nullif(
        trim(
            {% for name in stage_names()[1:] %}
            case
                when {{ times }}.{{ name }}_at is null and {{ times }}.furthest_rank > {{ loop.index + 1 }} then '{{ name }} '
                else ''
            end{{ ' ||' if not loop.last }}
            {% endfor %}
        ), ''
    )
{%- endmacro %}

{#- Days from one stage to the next as a double; null where a stage is missing or came first in an earlier cycle. -#}
{% macro days_between(earlier, later) -%}
    case when {{ later }} >= {{ earlier }} then {{ seconds_between(earlier, later) }} / 86400 end
{%- endmacro %}
