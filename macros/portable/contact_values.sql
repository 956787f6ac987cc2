{#- Of addresses or numbers that are given as a JSON list of {value, primary} the primary one, else the first; of text that is no
    such list the text. -#}
{% macro primary_value(value) -%}
    {{ return(adapter.dispatch('primary_value', 'leadhouse')(value)) }}
{%- endmacro %}

{% macro default__primary_value(value) -%}
    case
        when jsonb_typeof({{ json_or_null(value) }}) is distinct from 'array' then {{ value }}
        else nullif(coalesce(
            jsonb_path_query_first({{ json_or_null(value) }}, '$[*] ? (@.primary == true).value') #>> '{}',
            {{ json_or_null(value) }} -> 0 ->> 'value'
        ), '')
    end
{%- endmacro %}

{% macro duckdb__primary_value(value) -%}
    {%- set listed = "from_json(" ~ value ~ ", '[{\"value\": \"VARCHAR\", \"primary\": \"BOOLEAN\"}]')" -%}
    case
        when not coalesce(json_valid({{ value }}), false) or json_type({{ value }}) <> 'ARRAY' then {{ value }}
        else nullif(coalesce(list_filter({{ listed }}, lambda item: item.primary)[1].value, {{ listed }}[1].value), '')
    end
{%- endmacro %}

{% macro spark__primary_value(value) -%}
    {%- set listed = "from_json(" ~ value ~ ", 'array<struct<value: string, primary: boolean>>')" -%}
    case
        when {{ value }} not like '[%' then {{ value }}
        else nullif(coalesce(get(filter({{ listed }}, item -> item.primary), 0).value, get({{ listed }}, 0).value), '')
    end
{%- endmacro %}

{#- Snowflake: of a list, the first that its reading as a list of objects finds primary. -#}
{% macro snowflake__primary_value(value) -%}
    {%- set listed = 'cast(try_parse_json(' ~ value ~ ') as array)' -%}
    case
        when {{ value }} not like '[%' then {{ value }}
        else nullif(cast(coalesce(
            get(get(filter({{ listed }}, item -> cast(get(item, 'primary') as boolean)), 0), 'value'),
            get(get({{ listed }}, 0), 'value')
        ) as {{ dbt.type_string() }}), '')
    end
{%- endmacro %}

{% macro bigquery__primary_value(value) -%}
    case
        when {{ value }} not like '[%' then {{ value }}
        else nullif(coalesce(
            (
                select json_value(item, '$.value')
                from unnest(json_extract_array({{ value }})) as item with offset as place
                where json_value(item, '$.primary') = 'true'
                order by place
                limit 1
            ),
            json_value({{ value }}, '$[0].value')
        ), '')
    end
{%- endmacro %}

{#- Redshift takes lists apart in a from clause only: the first of a list is taken, as most systems write the primary one. -#}
{% macro redshift__primary_value(value) -%}
    case
        when {{ value }} not like '[%' then {{ value }}
        else nullif(json_extract_path_text(json_extract_array_element_text({{ value }}, 0, true), 'value', true), '')
    end
{%- endmacro %}
