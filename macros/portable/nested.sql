{#- A value out of JSON text, as text; null where it is not there. `path`: keys with dots between them; `list[0]` is the element at
    a place, `list[name=email]` the first whose `name` is `email`. Paths are words of ours or of a variable, not data. -#}
{% macro nested_text(value, path) -%}
    nullif({{ adapter.dispatch('nested_text', 'leadhouse')(value, nested_steps(path)) }}, '')
{%- endmacro %}

{#- PostgreSQL: one path of its own language. -#}
{% macro default__nested_text(value, steps) -%}
    {%- set path = ['$'] -%}
    {%- for step in steps -%}
        {%- do path.append('."' ~ step.key ~ '"') if step.key -%}
        {%- do path.append('[' ~ step.place ~ ']') if step.place -%}
        {%- do path.append('[*] ? (@."' ~ step.field ~ '" == "' ~ step.wanted ~ '")') if step.field -%}
    {%- endfor -%}
    (jsonb_path_query_first({{ json_or_null(value) }}, '{{ path | join | replace("'", "''") }}') #>> '{}')
{%- endmacro %}

{#- Text that is no JSON has no values. -#}
{% macro duckdb__nested_text(value, steps) -%}
    {%- set found = namespace(sql='try_cast(' ~ value ~ ' as json)') -%}
    {%- for step in steps -%}
        {%- set path = ('$' ~ ('."' ~ step.key ~ '"' if step.key else '') ~ ('[' ~ step.place ~ ']' if step.place else '')) | replace("'", "''") -%}
        {%- if step.field -%}
            {%- set found.sql = "list_filter(json_extract(" ~ found.sql ~ ", '" ~ path ~ "[*]'), lambda part: json_extract_string(part, '$.\""
                ~ step.field | replace("'", "''") ~ "\"') = '" ~ step.wanted | replace("'", "''") ~ "')[1]" -%}
        {%- else -%}
            {%- set found.sql = "json_extract(" ~ found.sql ~ ", '" ~ path ~ "')" -%}
        {%- endif -%}
    {%- endfor -%}
    json_extract_string({{ found.sql }}, '$')
{%- endmacro %}

{#- Text that is no JSON has no values. -#}
{% macro spark__nested_text(value, steps) -%}
    {%- set found, path = namespace(sql=value), namespace(text='$') -%}
    {%- for step in steps -%}
        {%- set path.text = path.text ~ ("['" ~ step.key ~ "']" if step.key else '') ~ ('[' ~ step.place ~ ']' if step.place else '') -%}
        {%- if step.field -%}
            {%- set parts = 'from_json(get_json_object(' ~ found.sql ~ ', ' ~ spark_literal(path.text) ~ "), 'array<string>')" -%}
            {%- set wanted = "get_json_object(part, " ~ spark_literal("$['" ~ step.field ~ "']") ~ ') = ' ~ spark_literal(step.wanted) -%}
            {%- set found.sql = 'get(filter(' ~ parts ~ ', part -> ' ~ wanted ~ '), 0)' -%}
            {%- set path.text = '$' -%}
        {%- endif -%}
    {%- endfor -%}
    {{ found.sql if path.text == '$' and found.sql != value else 'get_json_object(' ~ found.sql ~ ', ' ~ spark_literal(path.text) ~ ')' }}
{%- endmacro %}

{#- Words of ours as a literal of Spark, which reads backslashes. -#}
{% macro spark_literal(text) -%}
    {{ return("'" ~ text | replace('\\', '\\\\') | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{#- Text that is no JSON has no values; the first element of a list with a wanted field is found by a function of the list. -#}
{% macro snowflake__nested_text(value, steps) -%}
    {%- set found = namespace(sql='try_parse_json(' ~ value ~ ')') -%}
    {%- for step in steps -%}
        {%- if step.key -%}
            {%- set found.sql = 'get(' ~ found.sql ~ ", '" ~ step.key | replace("'", "''") ~ "')" -%}
        {%- endif -%}
        {%- if step.place -%}
            {%- set found.sql = 'get(' ~ found.sql ~ ', ' ~ step.place ~ ')' -%}
        {%- elif step.field -%}
            {%- set wanted = "cast(get(part, '" ~ step.field | replace("'", "''") ~ "') as " ~ dbt.type_string() ~ ") = '" ~ step.wanted | replace("'", "''") ~ "'" -%}
            {%- set found.sql = 'get(filter(cast(' ~ found.sql ~ ' as array), part -> ' ~ wanted ~ '), 0)' -%}
        {%- endif -%}
    {%- endfor -%}
    cast({{ found.sql }} as {{ dbt.type_string() }})
{%- endmacro %}

{% macro bigquery__nested_text(value, steps) -%}
    {%- set found, path = namespace(sql=value), namespace(text='$') -%}
    {%- for step in steps -%}
        {%- set path.text = path.text ~ ('."' ~ step.key ~ '"' if step.key else '') ~ ('[' ~ step.place ~ ']' if step.place else '') -%}
        {%- if step.field -%}
            {%- set found.sql = '(select part from unnest(json_extract_array(' ~ found.sql ~ ", '" ~ path.text ~ "')) as part"
                ~ " where json_value(part, '$.\"" ~ step.field ~ "\"') = '" ~ step.wanted ~ "' limit 1)" -%}
            {%- set path.text = '$' -%}
        {%- endif -%}
    {%- endfor -%}
    json_value({{ found.sql }}, '{{ path.text }}')
{%- endmacro %}

{#- Redshift finds keys and places, not elements by what stands in them: these are null. -#}
{% macro redshift__nested_text(value, steps) -%}
    {%- set found = namespace(sql=value) -%}
    {%- for step in steps -%}
        {%- if step.key -%}
            {%- set found.sql = 'json_extract_path_text(' ~ found.sql ~ ", '" ~ step.key | replace("'", "''") ~ "', true)" -%}
        {%- endif -%}
        {%- if step.place -%}
            {%- set found.sql = 'json_extract_array_element_text(' ~ found.sql ~ ', ' ~ step.place ~ ', true)' -%}
        {%- elif step.field -%}
            {%- set found.sql = null_text() -%}
        {%- endif -%}
    {%- endfor -%}
    {{ found.sql }}
{%- endmacro %}

{#- JSON text of a list of parameters, each a `key` and a `value` of one of several types, made ready for json_param: taken apart
    once for all of them. -#}
{% macro json_params(value) -%}
    {{ return(adapter.dispatch('json_params', 'leadhouse')(value)) }}
{%- endmacro %}

{% macro default__json_params(value) -%}
    {{ json_or_null(value) }}
{%- endmacro %}

{% macro duckdb__json_params(value) -%}
    {%- set types = [] -%}
    {%- for type in param_types() -%}
        {%- do types.append('"' ~ type ~ '": "VARCHAR"') -%}
    {%- endfor -%}
    list_transform(
        from_json(try_cast({{ value }} as json), '[{"key": "VARCHAR", "value": { {{- types | join(', ') -}} }}]'),
        lambda param: {'key': param.key, 'value': coalesce(
            {%- for type in param_types() -%}
            param.value.{{ type }}{% if not loop.last %}, {% endif %}
            {%- endfor -%}
        )}
    )
{%- endmacro %}

{% macro spark__json_params(value) -%}
    from_json({{ value }}, 'array<struct<key: string, value: struct<
        {%- for type in param_types() -%}
        {{ type }}: string{{ ', ' if not loop.last }}
        {%- endfor -%}
    >>>')
{%- endmacro %}

{% macro snowflake__json_params(value) -%}
    cast(try_parse_json({{ value }}) as array)
{%- endmacro %}

{% macro bigquery__json_params(value) -%}
    {{ value }}
{%- endmacro %}

{% macro redshift__json_params(value) -%}
    {{ value }}
{%- endmacro %}

{% macro param_types() %}
    {{ return(['string_value', 'int_value', 'float_value', 'double_value']) }}
{% endmacro %}

{#- The value of one of the parameters (see json_params), as text; null where it is not there. -#}
{% macro json_param(params, key) -%}
    nullif({{ adapter.dispatch('json_param', 'leadhouse')(params, key | replace("'", "''")) }}, '')
{%- endmacro %}

{% macro default__json_param(params, key) -%}
    coalesce(
        {%- for type in param_types() -%}
        jsonb_path_query_first({{ params }}, '$[*] ? (@.key == "{{ key }}").value.{{ type }}') #>> '{}'
        {%- if not loop.last %}, {% endif -%}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro duckdb__json_param(params, key) -%}
    list_filter({{ params }}, lambda param: param.key = '{{ key }}')[1].value
{%- endmacro %}

{% macro spark__json_param(params, key) -%}
    {%- set found = "get(filter(" ~ params ~ ", param -> param.key = '" ~ key ~ "'), 0).value" -%}
    coalesce(
        {%- for type in param_types() -%}
        {{ found }}.{{ type }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro snowflake__json_param(params, key) -%}
    {%- set found = "get(get(filter(" ~ params ~ ", param -> cast(get(param, 'key') as " ~ dbt.type_string() ~ ") = '" ~ key ~ "'), 0), 'value')" -%}
    coalesce(
        {%- for type in param_types() -%}
        cast(get({{ found }}, '{{ type }}') as {{ dbt.type_string() }}){{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}

{% macro bigquery__json_param(params, key) -%}
    (
        select coalesce(
            {%- for type in param_types() -%}
            json_value(param, '$.value.{{ type }}'){{ ', ' if not loop.last }}
            {%- endfor -%}
        )
        from unnest(json_extract_array({{ params }})) as param
        where json_value(param, '$.key') = '{{ key }}'
        limit 1
    )
{%- endmacro %}

{#- Redshift: the one value of a parameter, as GA4's export writes it, by a pattern. -#}
{% macro redshift__json_param(params, key) -%}
    regexp_substr(
        {{ params }}, '"key" *: *"{{ key }}" *, *"value" *: *[{][^}]*"({{ param_types() | join("|") }})" *: *"?([^",}]*)', 1, 1, 'e', 2
    )
{%- endmacro %}

{#- What the file at an address or path is called: without folders and without its ending. -#}
{% macro file_title(address) -%}
    nullif(regexp_replace({{ file_name(address) }}, '[.][A-Za-z0-9]+$', ''), '')
{%- endmacro %}

{% macro file_name(address) -%}
    regexp_replace(split_part(split_part({{ address }}, '?', 1), '#', 1), '^.*/', '')
{%- endmacro %}

{#- Whether an address leads to a file to download, by the ending of its name: those that web analytics counts as such. -#}
{% macro is_download(address) -%}
    lower(regexp_replace({{ file_name(address) }}, '^.*[.]', '.')) in ({{ text_list([
        'pdf', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx', 'pps', 'key', 'txt', 'rtf', 'csv', 'epub', 'odt', 'ods', 'odp', '7z', 'gz',
        'rar', 'zip', 'exe', 'dmg', 'pkg', 'avi', 'mov', 'mp4', 'mpeg', 'wmv', 'mp3', 'wav', 'wma',
    ], prefix='.') }})
{%- endmacro %}

{#- A moment from microseconds since 1970 (a whole number); null where it lies outside of the calendar. -#}
{% macro moment_of_microseconds(value) -%}
    case
        when {{ value }} between 0 and 253402300799999999
            then {{ adapter.dispatch('moment_of_microseconds', 'leadhouse')(value) }}
    end
{%- endmacro %}

{% macro default__moment_of_microseconds(value) -%}
    (cast('1970-01-01 00:00:00' as timestamp) + {{ value }} * interval '1 microsecond')
{%- endmacro %}

{% macro duckdb__moment_of_microseconds(value) -%}
    make_timestamp({{ value }})
{%- endmacro %}

{% macro spark__moment_of_microseconds(value) -%}
    timestamp_micros({{ value }})
{%- endmacro %}

{% macro snowflake__moment_of_microseconds(value) -%}
    to_timestamp_ntz({{ value }}, 6)
{%- endmacro %}

{% macro bigquery__moment_of_microseconds(value) -%}
    timestamp_micros({{ value }})
{%- endmacro %}

{% macro redshift__moment_of_microseconds(value) -%}
    dateadd(microsecond, {{ value }}, cast('1970-01-01 00:00:00' as timestamp))
{%- endmacro %}

{#- Text, but for words in brackets that stand for nothing: (not set), (direct). -#}
{% macro unless_placeholder(value) -%}
    case when {{ value }} not like '(%)' then {{ value }} end
{%- endmacro %}
