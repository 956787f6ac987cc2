{#- The text of a field of an object that is given as JSON text; null where there is none or the text is no JSON. -#}
{% macro json_text(value, field) -%}
    {{ return(adapter.dispatch('json_text', 'leadhouse')(value, field)) }}
{%- endmacro %}

{% macro default__json_text(value, field) -%}
    (cast({{ value }} as json) ->> '{{ field }}')
{%- endmacro %}

{% macro duckdb__json_text(value, field) -%}
    case when json_valid({{ value }}) then json_extract_string({{ value }}, '$."{{ field }}"') end
{%- endmacro %}

{% macro spark__json_text(value, field) -%}
    get_json_object({{ value }}, '$.{{ field }}')
{%- endmacro %}
