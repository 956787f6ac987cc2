{#- The clock of the build: var('as_of'), else the moment the run started. Nothing reads the engine's time. -#}
{% macro as_of() -%}
    cast('{{ run_setting("as_of") or run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}

{#- `moment` plus `count` (a number, column or expression) of whole `unit`s: second, minute, day or month. -#}
{% macro add_time(moment, count, unit) -%}
    {{ return(adapter.dispatch('add_time', 'leadhouse')(moment, count, unit)) }}
{%- endmacro %}

{% macro default__add_time(moment, count, unit) -%}
    ({{ moment }} + ({{ count }}) * interval '1 {{ unit }}')
{%- endmacro %}

{#- Snowflake, BigQuery: intervals are literals only, and BigQuery's moments know no months. -#}
{% macro snowflake__add_time(moment, count, unit) -%}
    dateadd({{ unit }}, {{ count }}, {{ moment }})
{%- endmacro %}

{% macro bigquery__add_time(moment, count, unit) -%}
    timestamp(datetime_add(datetime({{ moment }}), interval {{ count }} {{ unit }}))
{%- endmacro %}

{% macro redshift__add_time(moment, count, unit) -%}
    dateadd({{ unit }}, cast({{ count }} as integer), {{ moment }})
{%- endmacro %}

{#- Seconds from one moment to a later one, as a double. -#}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'leadhouse')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }} - {{ earlier }})) as {{ dbt.type_float() }})
{%- endmacro %}

{#- Spark's intervals have no seconds of their own; division makes a double. -#}
{% macro spark__seconds_between(earlier, later) -%}
    ((unix_micros({{ later }}) - unix_micros({{ earlier }})) / 1000000)
{%- endmacro %}

{#- What is left of two moments is no interval in Snowflake and BigQuery, and one without `epoch` in Redshift. -#}
{% macro snowflake__seconds_between(earlier, later) -%}
    (cast(datediff(microsecond, {{ earlier }}, {{ later }}) as {{ dbt.type_float() }}) / 1000000)
{%- endmacro %}

{% macro redshift__seconds_between(earlier, later) -%}
    {{ return(leadhouse.snowflake__seconds_between(earlier, later)) }}
{%- endmacro %}

{% macro bigquery__seconds_between(earlier, later) -%}
    (timestamp_diff({{ later }}, {{ earlier }}, microsecond) / 1000000)
{%- endmacro %}

{#- A moment later than every other: the end of what has no end. -#}
{% macro end_of_time() -%}
    cast('9999-12-31 00:00:00' as timestamp)
{%- endmacro %}

{#- A moment earlier than every other. -#}
{% macro start_of_time() -%}
    cast('0001-01-01 00:00:00' as timestamp)
{%- endmacro %}

{#- First day of the month, as a date. -#}
{% macro month_of(moment) -%}
    cast({{ dbt.date_trunc('month', moment) }} as date)
{%- endmacro %}
