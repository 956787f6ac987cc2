{#- The team's own fields of persons or organizations, `name` is that of the variable: attribute -> column. The columns of the table
    are named by keys that may begin with a digit, and have other names from the base model on. -#}
{% macro pipedrive_fields(name) %}
    {% set fields = {} %}
    {% for attribute in var(name) %}
        {% do fields.update({attribute | lower: 'field_' ~ attribute | lower}) %}
    {% endfor %}
    {{ return(fields) }}
{% endmacro %}

{#- The same: column -> key in the table. -#}
{% macro pipedrive_keys(name) %}
    {% set keys = {} %}
    {% for attribute, key in var(name).items() %}
        {% do keys.update({'field_' ~ attribute | lower: key}) %}
    {% endfor %}
    {{ return(keys) }}
{% endmacro %}
