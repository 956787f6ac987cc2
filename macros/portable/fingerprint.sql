{#- A whole number that differs, for all practical purposes, when any of the values does; sums of it compare sets of
    rows. It is stable only within one version of the engine: another version makes everything look changed. -#}
{% macro row_fingerprint(values) %}
    {{ return(adapter.dispatch('row_fingerprint', 'leadhouse')(values)) }}
{% endmacro %}

{% macro default__row_fingerprint(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}

{% macro postgres__row_fingerprint(values) -%}
    hashtextextended(cast(row({{ values | join(', ') }}) as text), 0)
{%- endmacro %}

{#- Spark's hash passes over nulls, which would make (1, null) and (null, 1) one; and its sums of whole numbers may not exceed them. -#}
{% macro spark__row_fingerprint(values) -%}
    cast(xxhash64(
        {%- for value in values -%}
        coalesce(cast({{ value }} as string), '~'){{ ', ' if not loop.last }}
        {%- endfor -%}
    ) as decimal(20, 0))
{%- endmacro %}

{% macro bigquery__row_fingerprint(values) -%}
    farm_fingerprint(to_json_string(struct({{ values | join(', ') }})))
{%- endmacro %}

{#- Redshift's hash takes one text. -#}
{% macro redshift__row_fingerprint(values) -%}
    farmfingerprint64(
        {%- for value in values -%}
        coalesce(cast({{ value }} as {{ dbt.type_string() }}), '~'){{ " || '|' || " if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro sum_of_fingerprints(value) -%}
    {{ return(adapter.dispatch('sum_of_fingerprints', 'leadhouse')(value)) }}
{%- endmacro %}

{% macro default__sum_of_fingerprints(value) -%}
    cast(sum({{ value }}) as decimal(38, 0))
{%- endmacro %}

{#- BigQuery and Redshift sum whole numbers up in 64 bits, which a few of these exceed. -#}
{% macro redshift__sum_of_fingerprints(value) -%}
    sum(cast({{ value }} as decimal(38, 0)))
{%- endmacro %}

{% macro bigquery__sum_of_fingerprints(value) -%}
    sum(cast({{ value }} as bignumeric(38, 0)))
{%- endmacro %}
