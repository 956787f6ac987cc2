{#- Spark: a table is made beside the one that it replaces, and takes its name when it is whole. dbt's own way drops the old one first,
    but a model may read what it replaces. -#}
{% materialization table, adapter='spark' %}
    {% set target, fresh = this.incorporate(type='table'), beside(this, 'new') %}
    {{ run_hooks(pre_hooks) }}
    {% do adapter.drop_relation(fresh) %}
    {% call statement('main') %}
    {{ create_table_as(false, fresh, compiled_code) }}
    {% endcall %}
    {% set existing = load_cached_relation(this) %}
    {% if existing %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% do adapter.rename_relation(fresh, target) %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
