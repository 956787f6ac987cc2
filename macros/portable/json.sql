{#- The text of a field of an object that is given as JSON text; null where there is none or the text is no JSON. -#}
{% macro json_text(value, field) -%}
    {{ return(adapter.dispatch('json_text', 'leadhouse')(value, field)) }}
{%- endmacro %}

{% macro default__json_text(value, field) -%}
    ({{ json_or_null(value) }} ->> '{{ field }}')
{%- endmacro %}

{% macro duckdb__json_text(value, field) -%}
    case when json_valid({{ value }}) then json_extract_string({{ value }}, '$."{{ field }}"') end
{%- endmacro %}

{% macro spark__json_text(value, field) -%}
    get_json_object({{ value }}, '$.{{ field }}')
{%- endmacro %}

{#- PostgreSQL: text as jsonb; null where it is no JSON. -#}
{% macro json_or_null(value) -%}
    {{ target.schema }}_staging.json_or_null({{ value }})
{%- endmacro %}

{#- PostgreSQL knows no cast that gives null, and text cannot be seen to be JSON but by reading it: a function that catches the error,
    in the schema of the models that read JSON. Made at the start of each run. -#}
{% macro make_functions() %}
    {{ return(adapter.dispatch('make_functions', 'leadhouse')()) }}
{% endmacro %}

{% macro default__make_functions() %}{% endmacro %}

{% macro postgres__make_functions() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set function = target.schema ~ '_staging.json_or_null(value text)' %}
    {% do adapter.create_schema(api.Relation.create(database=target.database, schema=target.schema ~ '_staging')) %}
    {% call statement('make_functions', auto_begin=true) %}
    create or replace function {{ function }} returns jsonb language plpgsql immutable strict as $$
    begin
        return value::jsonb;
    exception when others then
        return null;
    end
    $$
    {% endcall %}
    {% do adapter.commit() %}
{% endmacro %}

{% macro snowflake__json_text(value, field) -%}
    cast(get(try_parse_json({{ value }}), '{{ field }}') as {{ dbt.type_string() }})
{%- endmacro %}

{% macro bigquery__json_text(value, field) -%}
    json_value({{ value }}, '$."{{ field }}"')
{%- endmacro %}

{% macro redshift__json_text(value, field) -%}
    json_extract_path_text({{ value }}, '{{ field }}', true)
{%- endmacro %}
