{#- The staging select of a table that has the contract's shape: every contract column, cast; one row per raw row.

    A missing optional column is null; a missing required one stops the run. A row that cannot be used keeps its
    place with a `raw_defect`; an optional value that cannot be read is null and counted.

    Args: source_relation: source('generic', entity). source_system: its name in row_accounting.
    with_row_hash: add a hash of the whole raw row, for entities without a key of their own. -#}
{% macro stage_source(source_relation, source_system='generic', with_row_hash=false) %}
    {% if not execute %}{{ return('select 1 as parsed') }}{% endif %}
    {% set entity = source_relation.identifier %}
    {% set columns = contract_columns(entity) %}
    {% set reader = raw_reader(source_relation) %}
    {% do require_columns(columns, reader, source_system, entity, reader.relation) %}
    {% set counted = [] %}

with

raw_rows as (

    select
        {% for column in columns if column.name in reader.columns %}
        {% set raw = adapter.quote(reader.columns[column.name].name) %}
        {{ raw_text(raw) if reader.columns[column.name].type == 'VARCHAR' else raw }} as {{ column.name }},
        {% endfor %}
        {% if with_row_hash and reader.relation %}
        {{ hash_of(quoted_names(reader.columns)) }} as row_hash,
        {% else %}
        cast(null as varchar) as row_hash,
        {% endif %}
        {{ file_column() if reader.has_files else 'cast(null as varchar)' }} as source_file
    {% if reader.relation %}
    from {{ reader.relation }}
    {% else %}
    where false
    {% endif %}

),

typed as (

    select
        {% for column in columns %}
        {% set raw_type = reader.columns[column.name].type if column.name in reader.columns else none %}
        {% set reading = read_as(column.name, column.data_type, raw_type) %}
        {{ reading }} as {{ column.name }},
        {% if is_required(column) and column.data_type != 'varchar' %}
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

select
    '{{ source_system }}' as source_system,
    {% for column in columns %}
    {{ column.name }},
    {% endfor %}
    row_hash,
    source_file,
    count_unreadable_values,
    {{ raw_defect(columns, event_time_column(entity)) }} as raw_defect
from typed
{% endmacro %}

{#- Why a row cannot be used, or null: the first of missing_key, bad_timestamp, bad_number, future_timestamp. -#}
{% macro raw_defect(columns, event_time) %}
    {% set texts, times, numbers = [], [], [] %}
    {% for column in columns if is_required(column) %}
        {% if column.data_type == 'varchar' %}
            {% do texts.append("when " ~ column.name ~ " is null then 'missing_key'") %}
        {% elif column.data_type in ('timestamp', 'date') %}
            {% do times.append("when " ~ column.name ~ " is null then 'bad_timestamp'") %}
        {% else %}
            {% do numbers.append("when " ~ column.name ~ " is null and has_raw_" ~ column.name ~ " then 'bad_number'") %}
            {% do numbers.append("when " ~ column.name ~ " is null then 'missing_key'") %}
        {% endif %}
    {% endfor %}
    {% if event_time %}
        {% do times.append("when " ~ event_time ~ " > " ~ as_of() ~ " then 'future_timestamp'") %}
    {% endif %}
    {% set defects = texts + times + numbers %}
    {% if not defects %}{{ return('cast(null as varchar)') }}{% endif %}
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
    UTC. `raw_type` is the type as delivered; none: the column was not delivered. -#}
{% macro read_as(value, data_type, raw_type) %}
    {% if raw_type is none %}
        {{ return('cast(null as ' ~ data_type ~ ')') }}
    {% elif raw_type == data_type | upper %}
        {{ return(value) }}
    {% elif data_type == 'varchar' and raw_type in ('FLOAT', 'REAL', 'DOUBLE', 'DOUBLE PRECISION') %}
        {{ return(number_text(value)) }}
    {% elif data_type == 'varchar' %}
        {{ return('cast(' ~ value ~ ' as varchar)') }}
    {% endif %}
    {{ return(adapter.dispatch('read_as', 'leadhouse')(value, data_type, raw_type)) }}
{% endmacro %}

{#- A floating number as the text that it stands for: tools that know no empty whole numbers write the id 12 as 12.0. -#}
{% macro number_text(value) %}
    {{ return(
        'case when abs(' ~ value ~ ') < 1e15 and ' ~ value ~ ' = floor(' ~ value ~ ') then cast(cast(' ~ value
        ~ " as bigint) as varchar) else nullif(lower(cast(" ~ value ~ " as varchar)), 'nan') end"
    ) }}
{% endmacro %}

{% macro duckdb__read_as(value, data_type, raw_type) %}
    {% set is_time = raw_type.startswith('TIMESTAMP') or raw_type == 'DATE' %}
    {% if data_type in ('timestamp', 'date') %}
        {% if not is_time %}
            {% set value = 'try_cast(cast(' ~ value ~ ' as varchar) as timestamptz)' %}
        {% endif %}
        {{ return('try_cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}
    {% endif %}
    {% if data_type == 'bigint' and raw_type == 'VARCHAR' %}
        {% set value = 'try_cast(' ~ value ~ ' as decimal(38, 6))' %}
    {% endif %}
    {{ return('try_cast(' ~ value ~ ' as ' ~ data_type ~ ')') }}
{% endmacro %}
