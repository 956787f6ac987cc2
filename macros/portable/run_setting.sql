{#- What differs from run to run: a variable, else what the package put into the environment. That is looked at only when a
    run executes, for a variable with another value makes dbt parse the whole project again. -#}
{% macro run_setting(name) %}
    {{ return(var(name, '') or (env_var('LEADHOUSE_RUN_' ~ name | upper, '') if execute else '')) }}
{% endmacro %}
