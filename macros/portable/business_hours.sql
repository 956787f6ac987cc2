{#- Hours that lie between one moment and a later one and in which the business is open, as a double: var('business_hours')
    on the clock of var('business_utc_offset'). Null while no business hours are set, or where a moment is null. -#}
{% macro business_hours_between(earlier, later) -%}
    {%- if var('business_hours') -%}
    ({{ open_seconds_until(later) }} - {{ open_seconds_until(earlier) }}) / 3600
    {%- else -%}
    cast(null as {{ dbt.type_float() }})
    {%- endif -%}
{%- endmacro %}

{#- Seconds of business hours from a Monday long ago until a moment: those of the whole weeks, and what has passed of each
    open day of the week begun. No calendar table is needed, and none ends. -#}
{% macro open_seconds_until(moment) -%}
    {%- set hours = var('business_hours') -%}
    {%- set opens, closes = seconds_of_day(hours.get('start')) | int, seconds_of_day(hours.get('end')) | int -%}
    {%- set days = hours.get('days') or [] -%}
    {%- if opens < 0 or closes <= opens or not days or days | unique | list != days
        or days | select('in', [1, 2, 3, 4, 5, 6, 7]) | list != days -%}
        {{ exceptions.raise_compiler_error(
            'The variable business_hours must have a start and a later end on the same day, such as "09:00" and "17:00", '
            ~ 'and days from 1 (Monday) to 7, each once. It is: ' ~ hours
        ) }}
    {%- endif -%}
    {#- 1970-01-05 was a Monday. -#}
    {%- set passed = '(' ~ seconds_between("cast('1970-01-05 00:00:00' as timestamp)", moment) ~ ' + '
        ~ (var('business_utc_offset') * 3600) ~ ')' -%}
    {%- set week = 'floor(' ~ passed ~ ' / 604800)' -%}
    (
        {{ week }} * {{ days | length * (closes - opens) }}
        {%- for day in days %}
        + least(greatest({{ passed }} - {{ week }} * 604800 - {{ (day - 1) * 86400 + opens }}, 0), {{ closes - opens }})
        {%- endfor %}
    )
{%- endmacro %}

{#- A time of day such as "09:00" as seconds since midnight; -1 where it is none. YAML reads 17:00 without quotes as the
    number of its minutes. -#}
{% macro seconds_of_day(time) -%}
    {%- if time is number -%}
        {%- set minutes = time -%}
    {%- else -%}
        {%- set parts = (time ~ '').split(':') -%}
        {%- set hour, minute = parts[0] | int(-1), (parts[1] | int(-1)) if parts | length == 2 else -1 -%}
        {%- set minutes = hour * 60 + minute if hour >= 0 and minute >= 0 and minute < 60 else -1 -%}
    {%- endif -%}
    {{- minutes * 60 if minutes >= 0 and minutes <= 1440 else -1 -}}
{%- endmacro %}
