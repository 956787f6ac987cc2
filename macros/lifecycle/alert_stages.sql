{#- Whether an entry into `stage` is news to sales: one of var('alert_stages'). A word that is no stage would silence
    every alert, so it stops the build. -#}
{% macro is_alert_stage(stage) -%}
    {%- set allowed = stage_names()[1:] -%}
    {%- for name in var('alert_stages') if name not in allowed -%}
        {{ exceptions.raise_compiler_error(
            "The variable alert_stages names '" ~ name ~ "', which is no stage. Name some of: " ~ allowed | join(', ') ~ "."
        ) }}
    {%- endfor -%}
    {% if var('alert_stages') %}{{ stage }} in ({{ text_list(var('alert_stages')) }}){% else %}false{% endif %}
{%- endmacro %}
