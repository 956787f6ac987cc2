{#- What Snowplow's events become: column of a self-describing event, `struct` (all structured events) or `struct:<category>` ->
    {event_name, event_name_field, form_name, asset_name, asset_url, email, click_id, engaged_seconds}. All but event_name, a
    name of ours, say where the value stands: a path in the event (see nested_text) or, in a structured one, one of its columns;
    of a list the first that is there. -#}
{% macro snowplow_events() %}
    {% set ours = 'unstruct_event_com_snowplowanalytics_snowplow_' %}
    {% set mapping = {
        ours ~ 'submit_form_1': {
            'event_name': 'form_submit',
            'form_name': 'formId',
            'email': ['elements[type=email].value', 'elements[name=email].value'],
        },
        ours ~ 'link_click_1': {'asset_url': 'targetUrl'},
        ours ~ 'media_player_event_1': {'event_name_field': 'type'},
        'struct': {'event_name_field': 'se_action'},
    } %}
    {% do mapping.update(var('snowplow_events')) %}
    {% set known = ['event_name', 'event_name_field', 'form_name', 'asset_name', 'asset_url', 'email', 'click_id', 'engaged_seconds'] %}
    {% for column, values in mapping.items() %}
        {% for name, paths in values.items() %}
            {% if name not in known %}
                {{ exceptions.raise_compiler_error(
                    "Variable snowplow_events, " ~ column ~ ": '" ~ name ~ "' is not known. There are " ~ known | join(', ') ~ "."
                ) }}
            {% endif %}
            {% for path in ([paths] if paths is string else paths) if is_structured(column) and name != 'event_name'
                and path not in ['se_category', 'se_action', 'se_label', 'se_property', 'se_value'] %}
                {{ exceptions.raise_compiler_error(
                    "Variable snowplow_events, " ~ column ~ ": '" ~ path ~ "' is no column of a structured event."
                ) }}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {{ return(mapping) }}
{% endmacro %}

{% macro is_structured(key) %}
    {{ return(key == 'struct' or key.startswith('struct:')) }}
{% endmacro %}

{#- The columns of self-describing events and of entities that the variables name. -#}
{% macro snowplow_nested_columns() %}
    {% set columns = var('snowplow_email_contexts').keys() | list %}
    {% for column in snowplow_events() if not is_structured(column) %}
        {% do columns.append(column) %}
    {% endfor %}
    {{ return(columns) }}
{% endmacro %}

{#- The value of one of the names of the mapping: of whichever event the row is. Categories go before `struct`. -#}
{% macro snowplow_value(name) -%}
    {%- set branches = [] -%}
    {%- for column, values in snowplow_events().items() | sort(attribute='0', reverse=true) if values.get(name) is not none -%}
        {%- set paths, found = values[name], [] -%}
        {%- for path in ([paths] if paths is string else paths) -%}
            {%- if is_structured(column) -%}
                {%- do found.append('cast(' ~ path ~ ' as ' ~ dbt.type_string() ~ ')') -%}
            {%- else -%}
                {%- for spelling in [path, snake_case(path)] | unique -%}
                    {%- do found.append(nested_text(column, spelling)) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set value = "'" ~ paths | replace("'", "''") ~ "'" if name == 'event_name' else 'coalesce(' ~ found | join(', ') ~ ', null)' -%}
        {%- do branches.append('when ' ~ snowplow_is(column) ~ ' then ' ~ value) -%}
    {%- endfor -%}
    {%- if branches -%}
    case {{ branches | join(' ') }} end
    {%- else -%}
    null
    {%- endif -%}
{%- endmacro %}

{% macro snowplow_is(column) -%}
    {%- if column == 'struct' -%}
    event = 'struct'
    {%- elif is_structured(column) -%}
    event = 'struct' and lower(se_category) = '{{ column[7:] | lower | replace("'", "''") }}'
    {%- else -%}
    {{ column }} is not null
    {%- endif -%}
{%- endmacro %}

{#- Loaders of BigQuery and Databricks write targetUrl as target_url. -#}
{% macro snake_case(name) %}
    {{ return(modules.re.sub('([a-z0-9])([A-Z])', '\\1_\\2', name) | lower) }}
{% endmacro %}
