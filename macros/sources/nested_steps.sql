{#- A path as a list of steps: key (may be empty), place, and the field and value that an element is looked for by. -#}
{% macro nested_steps(path) %}
    {% set steps = [] %}
    {% for step in modules.re.findall('([^.\\[]*)(?:\\[([0-9]+)\\]|\\[([^=\\]]+)=([^\\]]*)\\])?(?:\\.|$)', path) %}
        {% if step | join %}
            {% do steps.append({'key': step[0], 'place': step[1], 'field': step[2], 'wanted': step[3]}) %}
        {% endif %}
    {% endfor %}
    {{ return(steps) }}
{% endmacro %}
