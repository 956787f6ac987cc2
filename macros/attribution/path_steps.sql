{#- Whether touches of a channel count: not those of var('attribution_excluded_channels'). -#}
{% macro is_attributed(channel) -%}
    {% if var('attribution_excluded_channels') -%}
        {{ channel }} not in ({{ text_list(var('attribution_excluded_channels')) }})
    {%- else -%}
        true
    {%- endif %}
{%- endmacro %}

{#- The CTEs that make the steps of paths from their touches, as var('attribution_path') says: `steps` has the columns
    in `keys`, which name a path, and touch_id, channel, previous_channel, position, count_steps, started_at (its first
    touch) and touched_at (the touch that stands for it). Touches have the keys, touch_id, channel and touched_at. -#}
{% macro path_steps(touches, keys) -%}
    {%- set path_kind = var('attribution_path') -%}
    {%- if path_kind not in ['exposure', 'unique', 'first'] -%}
        {{ exceptions.raise_compiler_error(
            "The variable attribution_path is '" ~ path_kind ~ "'. Use one of: exposure, unique, first."
        ) }}
    {%- endif -%}
    {%- set path, time_order = keys | join(', '), 'order by touched_at, touch_id' -%}
    compared as (

        select
            {{ path }},
            touch_id,
            channel,
            touched_at,
            lag(channel) over (partition by {{ path }} {{ time_order }}) as channel_before,
            lead(channel) over (partition by {{ path }} {{ time_order }}) as channel_after,
            row_number() over (partition by {{ path }}, channel {{ time_order }}) as channel_touch_number
        from {{ touches }}

    ),

    -- Touches come in order of time, so the latest beginning of a run so far is that of the present run.
    marked as (

        select
            {{ path }},
            touch_id,
            channel,
            touched_at,
            {% if path_kind == 'exposure' %}
            max(case when channel_before is null or channel_before <> channel then touched_at end) over (
                partition by {{ path }} {{ time_order }}
                rows between unbounded preceding and current row
            ) as started_at,
            channel_after is null or channel_after <> channel as is_step
            {% else %}
            touched_at as started_at,
            {{ 'channel_touch_number = 1' if path_kind == 'first' else 'true' }} as is_step
            {% endif %}
        from compared

    ),

    steps as (

        select
            {{ path }},
            touch_id,
            channel,
            lag(channel) over (partition by {{ path }} {{ time_order }}) as previous_channel,
            row_number() over (partition by {{ path }} {{ time_order }}) as position,
            count(*) over (partition by {{ path }}) as count_steps,
            started_at,
            touched_at
        from marked
        where is_step

    )
{%- endmacro %}
