{#- Types are named in models by dbt's own macros: dbt.type_string(), dbt.type_float() and so on. In the input contract and in the
    marts' contracts they are written as DuckDB has them. -#}

{#- DuckDB: dbt's own is FLOAT, which holds seven digits only. -#}
{% macro duckdb__type_float() %}double{% endmacro %}

{% macro postgres__type_float() %}double precision{% endmacro %}

{% macro spark__type_float() %}double{% endmacro %}

{% macro null_text() -%}
    {{ return('cast(null as ' ~ dbt.type_string() ~ ')') }}
{%- endmacro %}

{#- A type of a contract in the engine's own words. -#}
{% macro engine_type(data_type) -%}
    {{ return({'varchar': dbt.type_string(), 'json': dbt.type_string(), 'double': dbt.type_float()}.get(data_type, data_type)) }}
{%- endmacro %}

{#- The columns of a contract with types in the engine's own words, in dbt's shape. -#}
{% macro engine_columns(columns) %}
    {% set translated = {} %}
    {% for name, column in columns.items() %}
        {% do translated.update({name: dict(column, data_type=engine_type(column['data_type']))}) %}
    {% endfor %}
    {{ return(translated) }}
{% endmacro %}

{#- dbt's own macros that read a contract's types, for engines that have not all of DuckDB's names. -#}
{% macro postgres__get_empty_schema_sql(columns) %}
    {{ return(default__get_empty_schema_sql(engine_columns(columns))) }}
{% endmacro %}

{% macro postgres__get_table_columns_and_constraints() -%}
    ({{ adapter.render_raw_columns_constraints(raw_columns=engine_columns(model['columns'])) | join(', ') }})
{%- endmacro %}

{% macro spark__get_empty_schema_sql(columns) %}
    {{ return(default__get_empty_schema_sql(engine_columns(columns))) }}
{% endmacro %}

{#- Spark has no constraints on plain files, and makes a table of the types that it finds: a contract's types and what it says is
    never null are seen to as the rows are written. -#}
{% macro spark__get_select_subquery(sql) %}
    select
        {%- for column in engine_columns(model['columns']).values() %}
        {%- set missing = "raise_error('" ~ this.identifier ~ '.' ~ column.name ~ " is null')" %}
        {%- set value = 'coalesce(' ~ column.name ~ ', ' ~ missing ~ ')' if is_never_null(column) else column.name %}
        cast({{ value }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as model_subq
{%- endmacro %}

{% macro is_never_null(column) %}
    {{ return('not_null' in column.get('constraints', []) | map(attribute='type')) }}
{% endmacro %}

{% macro spark__persist_constraints(relation, model) %}
{% endmacro %}

{% macro snowflake__get_empty_schema_sql(columns) %}
    {{ return(default__get_empty_schema_sql(engine_columns(columns))) }}
{% endmacro %}

{% macro bigquery__get_empty_schema_sql(columns) %}
    {{ return(default__get_empty_schema_sql(engine_columns(columns))) }}
{% endmacro %}

{#- A decimal with many places. BigQuery's own has 29 digits before the point and nine after it at most. -#}
{% macro wide_decimal(places, digits=38) -%}
    {{ return(adapter.dispatch('wide_decimal', 'leadhouse')(places, digits)) }}
{%- endmacro %}

{% macro default__wide_decimal(places, digits) -%}
    decimal({{ digits }}, {{ places }})
{%- endmacro %}

{% macro bigquery__wide_decimal(places, digits) -%}
    bignumeric({{ digits }}, {{ places }})
{%- endmacro %}
