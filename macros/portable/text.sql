{#- A stable id from the given columns or expressions; nulls count as a value of their own. -#}
{% macro hash_of(parts) -%}
    {%- set texts = [] -%}
    {%- for part in parts -%}
        {%- do texts.append('coalesce(cast(' ~ part ~ ' as ' ~ dbt.type_string() ~ "), '~')") -%}
    {%- endfor -%}
    {{ dbt.hash(texts | join(" || '|' || ")) }}
{%- endmacro %}

{#- E-mail addresses are compared lower-cased and trimmed. -#}
{% macro normalise_email(email) -%}
    lower(trim({{ email }}))
{%- endmacro %}

{#- Whether `pattern` matches `value` in the manner of `match`. Patterns are data: compared, never executed. -#}
{% macro matches(match, value, pattern) -%}
    (
        ({{ match }} = 'equals' and {{ value }} = {{ pattern }})
        or ({{ match }} = 'prefix' and left({{ value }}, length({{ pattern }})) = {{ pattern }})
        or ({{ match }} = 'contains' and {{ contains(value, pattern) }})
        or ({{ match }} = 'like' and {{ value }} like {{ pattern }})
    )
{%- endmacro %}

{#- Whether `part` stands anywhere in `value`, letter for letter. -#}
{% macro contains(value, part) -%}
    ({{ dbt.position(part, value) }} > 0)
{%- endmacro %}

{#- The path of a URL: no scheme, host, query or fragment; `/` for a bare host. -#}
{% macro url_path(url) -%}
    {{ return(adapter.dispatch('url_path', 'leadhouse')(url)) }}
{%- endmacro %}

{% macro default__url_path(url) -%}
    {%- set address = dbt.split_part(dbt.split_part(url, "'?'", 1), "'#'", 1) -%}
    {%- set place = "case when " ~ contains(address, "'://'") ~ " then " ~ dbt.split_part(address, "'://'", 2) ~ " else " ~ address ~ " end" -%}
    {%- set slash = dbt.position("'/'", place) -%}
    case
        when {{ url }} is null then null
        when {{ slash }} > 0 then substr({{ place }}, {{ slash }})
        else '/'
    end
{%- endmacro %}

{#- The host of a URL, lower-cased, without port and without a leading www. or m.; null where there is none. -#}
{% macro url_host(url) -%}
    {{ return(adapter.dispatch('url_host', 'leadhouse')(url)) }}
{%- endmacro %}

{% macro default__url_host(url) -%}
    {%- set authority = "lower(" ~ dbt.split_part(dbt.split_part(dbt.split_part(dbt.split_part(url, "'/'", 3), "'?'", 1), "'#'", 1), "':'", 1) ~ ")" -%}
    case
        when {{ url }} not like '%://%' then null
        when {{ authority }} like 'www.%' then substr({{ authority }}, 5)
        when {{ authority }} like 'm.%' then substr({{ authority }}, 3)
        else nullif({{ authority }}, '')
    end
{%- endmacro %}

{#- The number that a text holds, or null: with the engine's own reading of text that is no number. -#}
{% macro try_number(value) -%}
    {{ return(adapter.dispatch('try_number', 'leadhouse')(value)) }}
{%- endmacro %}

{% macro default__try_number(value) -%}
    try_cast({{ value }} as decimal(38, 10))
{%- endmacro %}

{#- PostgreSQL has no cast that gives null: text is looked at before it is cast. -#}
{% macro postgres__try_number(value) -%}
    cast(case when {{ value }} ~ '{{ number_pattern() }}' then {{ value }} end as decimal(38, 10))
{%- endmacro %}

{% macro redshift__try_number(value) -%}
    {{ return(leadhouse.default__try_number(value)) }}
{%- endmacro %}

{#- BigQuery's decimal has nine places after the point at most, its bigdecimal 38. -#}
{% macro bigquery__try_number(value) -%}
    safe_cast({{ value }} as bignumeric(38, 10))
{%- endmacro %}

{#- Text that is a number, not too great for any type: at most 20 digits before the point, and exponents up to 19. -#}
{% macro number_pattern() %}^\s*[+-]?([0-9]{1,20}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0?[0-7]|-?[01]?[0-9]))?\s*${% endmacro %}

{#- A decimal as text without needless zeros, so that criteria can name it as people write it: 5000000, 0.5. -#}
{% macro plain_number(value) -%}
    {%- set text = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    case when {{ contains(text, "'.'") }} then {{ without_trailing(without_trailing(text, "'0'"), "'.'") }} else {{ text }} end
{%- endmacro %}

{#- Text without all of a letter (a literal) that stand at its end. -#}
{% macro without_trailing(value, letter) -%}
    {{ return(adapter.dispatch('without_trailing', 'leadhouse')(value, letter)) }}
{%- endmacro %}

{% macro default__without_trailing(value, letter) -%}
    rtrim({{ value }}, {{ letter }})
{%- endmacro %}

{#- Spark's rtrim has them the other way round. -#}
{% macro spark__without_trailing(value, letter) -%}
    trim(trailing {{ letter }} from {{ value }})
{%- endmacro %}

{#- Text with every match of a pattern replaced; pattern and replacement are literals. -#}
{% macro replace_all(value, pattern, replacement="''") -%}
    {{ return(adapter.dispatch('replace_all', 'leadhouse')(value, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_all(value, pattern, replacement) -%}
    regexp_replace({{ value }}, {{ pattern }}, {{ replacement }})
{%- endmacro %}

{#- PostgreSQL and DuckDB replace the first match, unless they are told. -#}
{% macro postgres__replace_all(value, pattern, replacement) -%}
    regexp_replace({{ value }}, {{ pattern }}, {{ replacement }}, 'g')
{%- endmacro %}

{% macro duckdb__replace_all(value, pattern, replacement) -%}
    {{ return(leadhouse.postgres__replace_all(value, pattern, replacement)) }}
{%- endmacro %}

{% macro redshift__replace_all(value, pattern, replacement) -%}
    {{ return(leadhouse.default__replace_all(value, pattern, replacement)) }}
{%- endmacro %}

{#- The digits of a phone number; null where there are too few to name a person. -#}
{% macro phone_digits(phone) -%}
    {%- set digits = replace_all(phone, "'[^0-9]'") -%}
    case when length({{ digits }}) >= 7 then {{ digits }} end
{%- endmacro %}

{#- The value of a parameter in a URL's query, or null. `name` is a literal of ours, not data. -#}
{% macro url_parameter(url, name) -%}
    {{ return(adapter.dispatch('url_parameter', 'leadhouse')(url, name)) }}
{%- endmacro %}

{% macro default__url_parameter(url, name) -%}
    nullif(regexp_extract({{ url }}, '[?&]{{ name }}=([^&#]*)', 1), '')
{%- endmacro %}

{% macro postgres__url_parameter(url, name) -%}
    nullif(substring({{ url }} from '[?&]{{ name }}=([^&#]*)'), '')
{%- endmacro %}

{% macro snowflake__url_parameter(url, name) -%}
    nullif(regexp_substr({{ url }}, '[?&]{{ name }}=([^&#]*)', 1, 1, 'e', 1), '')
{%- endmacro %}

{% macro redshift__url_parameter(url, name) -%}
    nullif(regexp_substr({{ url }}, '[?&]{{ name }}=([^&#]*)', 1, 1, 'e'), '')
{%- endmacro %}

{% macro bigquery__url_parameter(url, name) -%}
    nullif(regexp_extract({{ url }}, '[?&]{{ name }}=([^&#]*)'), '')
{%- endmacro %}

{#- Our own words as SQL literals, separated by commas, each with a prefix. -#}
{% macro text_list(words, prefix='') -%}
    {%- for word in words -%}
        '{{ prefix }}{{ word }}'{% if not loop.last %}, {% endif %}
    {%- endfor -%}
{%- endmacro %}

{#- Text from links and pages without the e-mail addresses that some carry: they are personal data. -#}
{% macro without_addresses(value) -%}
    {{ return(adapter.dispatch('without_addresses', 'leadhouse')(value)) }}
{%- endmacro %}

{% macro default__without_addresses(value) -%}
    case
        when {{ contains(value, "'@'") }} or {{ contains('lower(' ~ value ~ ')', "'%40'") }}
            then regexp_replace({{ value }}, '[^/ =&]+(@|%40)[^/ =&]+', '(address)', 'gi')
        else {{ value }}
    end
{%- endmacro %}

{#- Java's patterns try again from each character of a long text, so here they begin where a word does. -#}
{% macro spark__without_addresses(value) -%}
    case
        when {{ contains(value, "'@'") }} or {{ contains('lower(' ~ value ~ ')', "'%40'") }}
            then regexp_replace({{ value }}, '(?i)(?<![^/ =&])[^/ =&]+(@|%40)[^/ =&]+', '(address)')
        else {{ value }}
    end
{%- endmacro %}

{% macro snowflake__without_addresses(value) -%}
    regexp_replace({{ value }}, '[^/ =&]+(@|%40)[^/ =&]+', '(address)', 1, 0, 'i')
{%- endmacro %}

{% macro redshift__without_addresses(value) -%}
    regexp_replace({{ value }}, '[^/ =&]+(@|%40)[^/ =&]+', '(address)', 1, 'i')
{%- endmacro %}

{% macro bigquery__without_addresses(value) -%}
    regexp_replace({{ value }}, '(?i)[^/ =&]+(@|%40)[^/ =&]+', '(address)')
{%- endmacro %}

{#- Text that people wrote as one line: control, formatting and line-breaking characters become blanks. -#}
{% macro one_line(value) -%}
    {{ return(adapter.dispatch('one_line', 'leadhouse')(value)) }}
{%- endmacro %}

{% macro default__one_line(value) -%}
    regexp_replace({{ value }}, '[\pC\p{Zl}\p{Zp}]+', ' ', 'g')
{%- endmacro %}

{#- PostgreSQL's patterns know no categories of characters: these are the same ones, but for those outside of the first plane. -#}
{% macro postgres__one_line(value) -%}
    regexp_replace(
        {{ value }},
        '[\u0001-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb]+',
        ' ', 'g'
    )
{%- endmacro %}

{#- Java's category C has the unassigned characters too. -#}
{% macro spark__one_line(value) -%}
    regexp_replace({{ value }}, r'[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+', ' ')
{%- endmacro %}

{#- The patterns of Snowflake and Redshift know neither categories nor other characters by number. -#}
{% macro snowflake__one_line(value) -%}
    regexp_replace({{ value }}, '[[:cntrl:]]+', ' ')
{%- endmacro %}

{% macro redshift__one_line(value) -%}
    regexp_replace({{ value }}, '[[:cntrl:]]+', ' ')
{%- endmacro %}

{% macro bigquery__one_line(value) -%}
    regexp_replace({{ value }}, r'[\pC\p{Zl}\p{Zp}]+', ' ')
{%- endmacro %}

{#- The texts of a group as one, with a literal between them, in the order of a column or expression that is the same for
    no two of them. -#}
{% macro joined_text(value, separator, order) -%}
    {{ return(adapter.dispatch('joined_text', 'leadhouse')(value, separator, order)) }}
{%- endmacro %}

{% macro default__joined_text(value, separator, order) -%}
    string_agg({{ value }}, {{ separator }} order by {{ order }})
{%- endmacro %}

{% macro spark__joined_text(value, separator, order) -%}
    listagg({{ value }}, {{ separator }}) within group (order by {{ order }})
{%- endmacro %}

{% macro snowflake__joined_text(value, separator, order) -%}
    listagg({{ value }}, {{ separator }}) within group (order by {{ order }})
{%- endmacro %}

{% macro redshift__joined_text(value, separator, order) -%}
    {{ return(leadhouse.snowflake__joined_text(value, separator, order)) }}
{%- endmacro %}

{#- The letters and digits of a text, in lower case: what is left of a name when its way of being written is not. -#}
{% macro letters_in(value) -%}
    lower({{ replace_all(value, "'[^A-Za-z0-9]'") }})
{%- endmacro %}
