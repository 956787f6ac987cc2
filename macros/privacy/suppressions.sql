{#- People who asked to be forgotten: `leadhouse forget` keeps keyed hashes of their addresses, phone numbers and CRM ids in
    suppressions.jsonl of the home folder. The key is read by the database itself and is in no SQL text. -#}

{#- Whether anybody was forgotten. When dbt parses, always: so it sees what the models depend on then. In unit tests only
    where they say so. -#}
{% macro has_suppressions() %}
    {% if not execute %}{{ return(true) }}{% endif %}
    {{ return(model.resource_type != 'unit_test' and adapter.dispatch('has_suppressions', 'leadhouse')()) }}
{% endmacro %}

{#- Other engines have no such file. -#}
{% macro default__has_suppressions() %}
    {{ return(false) }}
{% endmacro %}

{% macro duckdb__has_suppressions() %}
    {{ return(run_query('select count(*) from glob(' ~ home_file('suppressions.jsonl') ~ ')').columns[0].values()[0] > 0) }}
{% endmacro %}

{#- A file of the home folder as a literal for DuckDB's readers, which take it for a pattern. -#}
{% macro home_file(name) %}
    {% set path = home_path() ~ '/' ~ name %}
    {{ return("'" ~ path | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') | replace("'", "''") ~ "'") }}
{% endmacro %}

{#- Before any model is built: with another key nobody would be recognised, and everybody would come back. -#}
{% macro check_suppressions() %}
    {% if execute and has_suppressions() %}
        {% set strangers %}
            select count(*)
            from {{ suppressions() }} as people
            cross join ({{ secret_pads() }}) as secret
            where people.key_check is distinct from {{ keyed_hash("'key'") }}
        {% endset %}
        {% if run_query(strangers).columns[0].values()[0] > 0 %}
            {{ exceptions.raise_compiler_error(
                "secret.key is not the key that suppressions.jsonl was written with: people who were forgotten would come "
                ~ "back. Restore secret.key from a backup."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro suppressions() -%}
    read_json(
        {{ home_file('suppressions.jsonl') }},
        format = 'newline_delimited',
        columns = {key_check: 'varchar', emails: 'varchar[]', phones: 'varchar[]', crm_ids: 'varchar[]'}
    )
{%- endmacro %}

{#- One row per keyed hash of a forgotten person. -#}
{% macro suppressed_hashes() -%}
    select unnest(emails || phones || crm_ids) as keyed_hash from {{ suppressions() }}
{%- endmacro %}

{#- The key as the two padded blocks of HMAC: one row. -#}
{% macro secret_pads() -%}
    {%- set block = "cast(unhex(rpad(trim(content), 128, '0')) as bit)" -%}
    select
        cast(xor({{ block }}, cast(unhex(repeat('36', 64)) as bit)) as blob) as inner_pad,
        cast(xor({{ block }}, cast(unhex(repeat('5c', 64)) as bit)) as blob) as outer_pad
    from read_text({{ home_file('secret.key') }})
{%- endmacro %}

{#- HMAC-SHA256 of a text, in a select that has joined secret_pads(): as the package's privacy.py makes it. -#}
{% macro keyed_hash(value) -%}
    sha256(outer_pad || unhex(sha256(inner_pad || encode({{ value }}))))
{%- endmacro %}

{#- What may name a person, with its kind: email, phone, crm_id (of one system) or any_crm_id (of whichever). -#}
{% macro person_name(kind, value) -%}
    '{{ kind }}:' || {{ value }}
{%- endmacro %}

{#- A short mark of such a name that does not tell whose it is, and is cheap enough for every row of every table. -#}
{% macro suppression_token(name) -%}
    cast(hash({{ name }}, (select content from read_text({{ home_file('secret.key') }}))) >> 1 as bigint)
{%- endmacro %}
