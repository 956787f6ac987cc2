{#- What the visits that an ad platform brings carry, where its reports do not say so: `source` or `medium` of
    var('ad_platforms'); null for a platform that is not in it. -#}
{% macro ad_platform_value(platform, part) %}
    {% set cases = [] %}
    {% for name, values in var('ad_platforms').items() %}
        {% do cases.append("when '" ~ name ~ "' then '" ~ values[part] ~ "'") %}
    {% endfor %}
    {{ return('case lower(' ~ platform ~ ') ' ~ cases | join(' ') ~ ' end') }}
{% endmacro %}
