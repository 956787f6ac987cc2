{#- The staging select of a table that has the contract's shape: every contract column, cast; one row per raw row.

    A missing optional column is null; a missing required one stops the run. A row that cannot be used keeps its
    place with a `raw_defect`; an optional value that cannot be read is null and counted.

    Args: with_row_hash: add a hash of the whole raw row, for entities without a key of their own. -#}
{% macro stage_source(entity, with_row_hash=false) %}
    {{ config(enabled='generic' in systems_with(entity)) }}
    {% set source_relation = source('generic', entity) %}
    {% if not execute %}{{ return('select 1 as parsed') }}{% endif %}
    {% set columns = contract_columns(entity) %}
    {{ typed_rows(source_relation, 'generic', columns, with_row_hash) }}

select
    'generic' as source_system,
    {% for column in columns %}
    {{ column.name }},
    {% endfor %}
    row_hash,
    source_file,
    count_unreadable_values,
    {{ raw_defect(columns, event_time_column(entity)) }} as raw_defect
from typed
{% endmacro %}

{#- The base select of a raw table of a source system: the columns that its source definition names, cast; one row per raw row.

    Args: attributes: further columns to read as text, such as custom fields, by their names in the table; or those that the columns
    get -> those in the table, which may be no identifiers. nested: further ones to read as JSON text. with_row_hash: as
    above. -#}
{% macro base_source(system, table, attributes=[], with_row_hash=true, nested=[]) %}
    {{ config(enabled=is_switched_on(system)) }}
    {% set source_relation = source(system, table) %}
    {% if not execute %}{{ return('select 1 as parsed') }}{% endif %}
    {% set columns = source_columns(system, table) %}
    {% for attribute in attributes if attribute | lower not in columns | map(attribute='name') %}
        {% set meta = {'also_named': [attributes[attribute] | lower]} if attributes is mapping else {} %}
        {% do columns.append({'name': attribute | lower, 'data_type': 'varchar', 'config': {'meta': meta}}) %}
    {% endfor %}
    {% for name in nested if name | lower not in columns | map(attribute='name') %}
        {% do columns.append({'name': name | lower, 'data_type': 'json', 'config': {'meta': {}}}) %}
    {% endfor %}
    {{ typed_rows(source_relation, system, columns, with_row_hash) }}

select
    {% for column in columns %}
    {{ column.name }},
    {% endfor %}
    row_hash,
    source_file,
    count_unreadable_values
from typed
{% endmacro %}

{#- Rows of a system as rows of an entity of the input contract: one for each of `rows`.

    Args: rows: a relation or CTE with what base_source adds (row_hash, source_file, count_unreadable_values). values: column
    of the contract -> SQL; columns that are left out are null. unused: SQL of why a row is none of the entity, or null: such
    a row is quarantined with this reason. count_unreadable: SQL of how many values of the row could not be read. -#}
{% macro contract_rows(entity, system, rows, values, unused=none, count_unreadable='count_unreadable_values') %}
    {{ config(enabled=system in systems_with(entity)) }}
    {% set columns = contract_columns(entity) %}
    {#- A unit test gives the columns that it looks at by overriding contract_columns, and knows no others. -#}
    {% for name in values if execute and model.resource_type != 'unit_test' and name not in columns | map(attribute='name') %}
        {{ exceptions.raise_compiler_error("The input contract's " ~ entity ~ " have no column '" ~ name ~ "'.") }}
    {% endfor %}
select
    '{{ system }}' as source_system,
    {% for column in columns %}
    {{ column.name }},
    {% endfor %}
    row_hash,
    source_file,
    count_unreadable_values,
    coalesce(unused_reason, {{ raw_defect(columns, event_time_column(entity), has_raw_values=false) }}) as raw_defect
from (
    select
        {% for column in columns %}
        cast({{ values.get(column.name, 'null') }} as {{ engine_type(column.data_type) }}) as {{ column.name }},
        {% endfor %}
        row_hash,
        source_file,
        {{ count_unreadable }} as count_unreadable_values,
        cast({{ unused or 'null' }} as {{ dbt.type_string() }}) as unused_reason
    from {{ rows }}
) as contract_values
{% endmacro %}

{#- The CTEs `raw_rows` and `typed`: a raw table's columns under the names and types of its definition. -#}
{% macro typed_rows(source_relation, system, columns, with_row_hash) %}
    {% set reader = raw_reader(source_relation, system) %}
    {% set table = source_relation.identifier %}
    {% set counted, delivered = [], delivered_columns(columns, reader, system) %}
    {% do require_columns(columns, reader, system, table, reader.relation) %}

with

raw_rows as (

    select
        {% for column in columns if column.name in delivered %}
        {% set raw = adapter.quote(delivered[column.name].name) %}
        {{ raw_text(raw) if delivered[column.name].type == 'VARCHAR' else raw }} as {{ column.name }},
        {% endfor %}
        {% if with_row_hash and reader.relation %}
        {{ hash_of(quoted_names(reader.columns)) }} as row_hash,
        {% else %}
        cast(null as {{ dbt.type_string() }}) as row_hash,
        {% endif %}
        {{ file_column() if reader.has_files else null_text() }} as source_file
    {% if reader.relation %}
    from {{ reader.relation }}
    {% else %}
    {{ no_rows() }}
    {% endif %}

),

typed as (

    select
        {% for column in columns %}
        {% set raw_type = delivered[column.name].type if column.name in delivered else none %}
        {% set reading = read_as(column.name, column.data_type, raw_type, counts_milliseconds=system != 'generic') %}
        {{ reading }} as {{ column.name }},
        {% if is_required(column) and column.data_type not in ('varchar', 'json') %}
        {{ column.name if raw_type else 'null' }} is not null as has_raw_{{ column.name }},
        {% elif raw_type and reading != column.name %}
        {% do counted.append('case when ' ~ column.name ~ ' is not null and ' ~ reading ~ ' is null then 1 else 0 end') %}
        {% endif %}
        {% endfor %}
        {{ counted | join('\n        + ') or 0 }} as count_unreadable_values,
        row_hash,
        source_file
    from raw_rows

)
{% endmacro %}

{#- Column of a definition -> the delivered column that it is: of the same name or, in other systems than the contract's own, of
    the same letters and digits (emailCampaignId, canonical-vid), or of another name that the definition gives it. -#}
{% macro delivered_columns(columns, reader, system) %}
    {% set found, by_letters = {}, {} %}
    {% for name in reader.columns if system != 'generic' %}
        {% do by_letters.setdefault(letters_of(name), name) %}
    {% endfor %}
    {% for column in columns %}
        {% for name in [column.name] + column_meta(column).get('also_named', []) if column.name not in found %}
            {% set delivered = name if name in reader.columns else by_letters.get(letters_of(name)) %}
            {% if delivered %}
                {% do found.update({column.name: reader.columns[delivered]}) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}

{% macro letters_of(name) %}
    {{ return(modules.re.sub('[^a-z0-9]', '', name | lower)) }}
{% endmacro %}

{#- Why a row cannot be used, or null: the first of missing_key, bad_timestamp, bad_number, future_timestamp. `has_raw_values`:
    there is a column has_raw_<name> for each required number, which tells an unreadable one from a missing one. -#}
{% macro raw_defect(columns, event_time, has_raw_values=true) %}
    {% set texts, times, numbers = [], [], [] %}
    {% for column in columns if is_required(column) %}
        {% if column.data_type == 'varchar' %}
            {% do texts.append("when " ~ column.name ~ " is null then 'missing_key'") %}
        {% elif column.data_type in ('timestamp', 'date') %}
            {% do times.append("when " ~ column.name ~ " is null then 'bad_timestamp'") %}
        {% else %}
            {% if has_raw_values %}
                {% do numbers.append("when " ~ column.name ~ " is null and has_raw_" ~ column.name ~ " then 'bad_number'") %}
            {% endif %}
            {% do numbers.append("when " ~ column.name ~ " is null then 'missing_key'") %}
        {% endif %}
    {% endfor %}
    {% if event_time %}
        {% do times.append("when " ~ event_time ~ " > " ~ as_of() ~ " then 'future_timestamp'") %}
    {% endif %}
    {% set defects = texts + times + numbers %}
    {% if not defects %}{{ return(null_text()) }}{% endif %}
    {{ return('case\n        ' ~ defects | join('\n        ') ~ '\n    end') }}
{% endmacro %}

{#- Text as delivered; an empty one is null. -#}
{% macro raw_text(value) %}
    {{ return("nullif(" ~ value ~ ", '')") }}
{% endmacro %}

{% macro quoted_names(columns) %}
    {% set names = [] %}
    {% for column in columns.values() %}
        {% do names.append(adapter.quote(column.name)) %}
    {% endfor %}
    {{ return(names) }}
{% endmacro %}

{#- A raw value read as a contract type; null where it cannot be. A time with an offset becomes UTC, one without is
    UTC. `raw_type` is the type as delivered; none: the column was not delivered. `counts_milliseconds`: a time may be a number,
    the milliseconds since 1970. The type `json` is JSON text, whatever nested type it was delivered as. -#}
{% macro read_as(value, data_type, raw_type, counts_milliseconds=false) %}
    {% if data_type == 'json' %}
        {{ return(json_of(value, raw_type)) }}
    {% elif raw_type is none %}
        {{ return('cast(null as ' ~ engine_type(data_type) ~ ')') }}
    {% elif raw_type == data_type | upper %}
        {{ return(value) }}
    {% elif data_type == 'varchar' and raw_type in ('FLOAT', 'REAL', 'DOUBLE', 'DOUBLE PRECISION') %}
        {{ return(number_text(value)) }}
    {% elif data_type == 'varchar' %}
        {{ return('cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')') }}
    {% endif %}
    {{ return(adapter.dispatch('read_as', 'leadhouse')(value, data_type, raw_type, counts_milliseconds)) }}
{% endmacro %}

{#- A floating number as the text that it stands for: tools that know no empty whole numbers write the id 12 as 12.0. -#}
{% macro number_text(value) %}
    {{ return(
        'case when abs(' ~ value ~ ') < 1e15 and ' ~ value ~ ' = floor(' ~ value ~ ') then cast(cast(' ~ value
        ~ ' as bigint) as ' ~ dbt.type_string() ~ ') else nullif(lower(cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ")), 'nan') end"
    ) }}
{% endmacro %}

{% macro duckdb__read_as(value, data_type, raw_type, counts_milliseconds) %}
    {% set is_time = raw_type.startswith('TIMESTAMP') or raw_type == 'DATE' %}
    {% if data_type in ('timestamp', 'date') %}
        {% if not is_time %}
            {% set text = 'cast(' ~ value ~ ' as varchar)' %}
            {% set value = 'try_cast(' ~ text ~ ' as timestamptz)' %}
            {% if counts_milliseconds %}
                {% set milliseconds = 'make_timestamptz(try_cast(' ~ text ~ ' as bigint) * 1000)' %}
                {% set value = 'case when regexp_full_match(' ~ text ~ ", '[0-9]{12,13}') then " ~ milliseconds ~ ' else ' ~ value ~ ' end' %}
            {% endif %}
        {% endif %}
        {{ return('try_cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}
    {% endif %}
    {% if data_type == 'bigint' and raw_type == 'VARCHAR' %}
        {% set value = 'try_cast(' ~ value ~ ' as decimal(38, 6))' %}
    {% endif %}
    {{ return('try_cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}
{% endmacro %}

{#- PostgreSQL has no cast that gives null: text is looked at before it is cast. Moments are read as ISO 8601 writes them. -#}
{% macro postgres__read_as(value, data_type, raw_type, counts_milliseconds) %}
    {% set text = 'cast(' ~ value ~ ' as text)' %}
    {% if data_type in ('timestamp', 'date') %}
        {% if raw_type in ('TIMESTAMP', 'DATE') %}
            {{ return('cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}
        {% elif raw_type == 'TIMESTAMP WITH TIME ZONE' %}
            {{ return('cast(' ~ value ~ " at time zone 'UTC' as " ~ data_type ~ ')') }}
        {% endif %}
        {% set last_day = 'extract(day from cast(substr(' ~ text ~ ", 1, 7) || '-01' as date) + interval '1 month' - interval '1 day')" %}
        {% set moment -%}
            case when {{ text }} ~ '{{ moment_pattern() }}' then
                case when cast(substr({{ text }}, 9, 2) as integer) <= {{ last_day }} then
                    cast({{ text }} || case when {{ text }} ~ '{{ with_offset_pattern() }}' then '' else 'Z' end as timestamptz) at time zone 'UTC'
                end
            end
        {%- endset %}
        {% if counts_milliseconds %}
            {% set moment = 'case when ' ~ text ~ " ~ '^[0-9]{12,13}$' then " ~ moment_of_microseconds('cast(' ~ text ~ ' as bigint) * 1000') ~ ' else ' ~ moment ~ ' end' %}
        {% endif %}
        {{ return('cast(' ~ moment ~ ' as ' ~ data_type ~ ')') }}
    {% elif data_type == 'boolean' %}
        {{ return('case when lower(trim(' ~ text ~ ")) in ('true', 't', 'yes', 'y', '1') then true when lower(trim(" ~ text ~ ")) in ('false', 'f', 'no', 'n', '0') then false end") }}
    {% endif %}
    {% set number = try_number(value if raw_type == 'VARCHAR' else text) %}
    {% set limit = {'bigint': '9223372036854775807', 'decimal(18,2)': '9999999999999999.99', 'decimal(18,3)': '999999999999999.999', 'decimal(18,6)': '999999999999.999999'}[data_type] %}
    {{ return('cast(case when abs(' ~ number ~ ') <= ' ~ limit ~ ' then ' ~ number ~ ' end as ' ~ data_type ~ ')') }}
{% endmacro %}

{#- Spark takes more for a moment than ISO 8601 knows: a time without a day is one of today. -#}
{% macro spark__read_as(value, data_type, raw_type, counts_milliseconds) %}
    {% set text = 'cast(' ~ value ~ ' as string)' %}
    {% if data_type in ('timestamp', 'date') %}
        {% if raw_type in ('TIMESTAMP', 'TIMESTAMP_NTZ', 'DATE') %}
            {{ return('cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}
        {% endif %}
        {% set moment = 'case when ' ~ text ~ " rlike r'" ~ moment_pattern() ~ "' then try_cast(" ~ text ~ ' as timestamp) end' %}
        {% if counts_milliseconds %}
            {% set moment = 'case when ' ~ text ~ " rlike '^[0-9]{12,13}$' then timestamp_millis(cast(" ~ text ~ ' as bigint)) else ' ~ moment ~ ' end' %}
        {% endif %}
        {{ return('cast(' ~ moment ~ ' as ' ~ data_type ~ ')') }}
    {% elif data_type == 'bigint' and raw_type == 'VARCHAR' %}
        {#- As the others round: halves away from zero. -#}
        {% set value = 'round(try_cast(' ~ value ~ ' as decimal(38, 6)))' %}
    {% endif %}
    {{ return('try_cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}
{% endmacro %}

{#- Snowflake: try_cast reads text only, and what is no text by being written as such. -#}
{% macro snowflake__read_as(value, data_type, raw_type, counts_milliseconds) %}
    {% set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' %}
    {% if data_type in ('timestamp', 'date') %}
        {% if raw_type in ('TIMESTAMP', 'DATE') %}{{ return('cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}{% endif %}
        {#- A time without an offset is one of the session's zone: it becomes UTC from there, whatever that is. -#}
        {% set moment = "convert_timezone('UTC', try_cast(" ~ text ~ " || case when rlike(" ~ text ~ ", '" ~ with_offset_pattern() ~ "') then '' else ' +00:00' end as timestamp_tz))" %}
        {% if counts_milliseconds %}
            {% set moment = 'case when rlike(' ~ text ~ ", '[0-9]{12,13}') then " ~ moment_of_microseconds('try_cast(' ~ text ~ ' as bigint) * 1000') ~ ' else ' ~ moment ~ ' end' %}
        {% endif %}
        {{ return('cast(' ~ moment ~ ' as ' ~ ('timestamp_ntz' if data_type == 'timestamp' else data_type) ~ ')') }}
    {% elif data_type == 'bigint' and raw_type == 'VARCHAR' %}
        {{ return('cast(try_cast(' ~ text ~ ' as decimal(38, 6)) as bigint)') }}
    {% endif %}
    {{ return('try_cast(' ~ text ~ ' as ' ~ engine_type(data_type) ~ ')') }}
{% endmacro %}

{#- BigQuery: a moment is one of UTC, and text without an offset is read as such. -#}
{% macro bigquery__read_as(value, data_type, raw_type, counts_milliseconds) %}
    {% set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' %}
    {% if data_type in ('timestamp', 'date') %}
        {% if raw_type in ('TIMESTAMP', 'DATETIME', 'DATE') %}{{ return('cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}{% endif %}
        {% set moment = 'safe_cast(' ~ text ~ ' as timestamp)' %}
        {% if counts_milliseconds %}
            {% set moment = 'case when regexp_contains(' ~ text ~ ", '^[0-9]{12,13}$') then " ~ moment_of_microseconds('safe_cast(' ~ text ~ ' as int64) * 1000') ~ ' else ' ~ moment ~ ' end' %}
        {% endif %}
        {{ return('cast(' ~ moment ~ ' as ' ~ data_type ~ ')') }}
    {% elif data_type == 'bigint' and raw_type == 'VARCHAR' %}
        {{ return('safe_cast(safe_cast(' ~ value ~ ' as bignumeric(38, 6)) as int64)') }}
    {% endif %}
    {{ return('safe_cast(' ~ value ~ ' as ' ~ engine_type(data_type) ~ ')') }}
{% endmacro %}

{#- Redshift: try_cast reads text. -#}
{% macro redshift__read_as(value, data_type, raw_type, counts_milliseconds) %}
    {% set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' %}
    {% if data_type in ('timestamp', 'date') %}
        {% if raw_type in ('TIMESTAMP', 'DATE') %}{{ return('cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}{% endif %}
        {% set moment = 'try_cast(' ~ text ~ " || case when " ~ text ~ " ~ '" ~ with_offset_pattern() ~ "' then '' else '+00' end as timestamptz) at time zone 'UTC'" %}
        {% if counts_milliseconds %}
            {% set moment = 'case when ' ~ text ~ " ~ '^[0-9]{12,13}$' then " ~ moment_of_microseconds('try_cast(' ~ text ~ ' as bigint) * 1000') ~ ' else ' ~ moment ~ ' end' %}
        {% endif %}
        {{ return('cast(' ~ moment ~ ' as ' ~ data_type ~ ')') }}
    {% elif data_type == 'bigint' and raw_type == 'VARCHAR' %}
        {{ return('cast(try_cast(' ~ text ~ ' as decimal(38, 6)) as bigint)') }}
    {% endif %}
    {{ return('try_cast(' ~ text ~ ' as ' ~ engine_type(data_type) ~ ')') }}
{% endmacro %}

{#- Whether a moment as text says how far it is from UTC. -#}
{% macro with_offset_pattern() %}.*([zZ]|:[0-9.]+ *[+-][0-9][0-9]:?[0-9]*)${% endmacro %}

{#- A day or a moment as ISO 8601 writes it: with or without seconds and their parts, with or without an offset. -#}
{% macro moment_pattern() %}^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?\s*([zZ]|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)?)?${% endmacro %}

{#- A delivered value as JSON text: systems nest values, and files hold them as such or as text. -#}
{% macro json_of(value, raw_type) %}
    {% if raw_type is none %}
        {{ return(null_text()) }}
    {% elif raw_type == 'VARCHAR' %}
        {{ return(value) }}
    {% endif %}
    {{ return(adapter.dispatch('json_of', 'leadhouse')(value)) }}
{% endmacro %}

{% macro default__json_of(value) %}
    {{ return('cast(to_json(' ~ value ~ ') as ' ~ dbt.type_string() ~ ')') }}
{% endmacro %}

{% macro spark__json_of(value) %}
    {{ return('to_json(' ~ value ~ ')') }}
{% endmacro %}

{% macro bigquery__json_of(value) %}
    {{ return('to_json_string(' ~ value ~ ')') }}
{% endmacro %}

{% macro redshift__json_of(value) %}
    {{ return('json_serialize(' ~ value ~ ')') }}
{% endmacro %}
