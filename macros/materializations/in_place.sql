{#- DuckDB: a table or view is replaced in one statement. dbt's own way, made beside it, renamed twice and dropped in a second
    transaction, keeps it there for readers meanwhile; the work database has none, and each such step costs as much as a
    small model. A model may read what it replaces. -#}
{% materialization table, adapter='duckdb' %}
    {% set target = this.incorporate(type='table') %}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks) }}
    {% do drop_unless(load_cached_relation(this), 'table') %}
    {% call statement('main') %}
    {% if config.get('contract').enforced %}
        {{ get_assert_columns_equivalent(compiled_code) }}
        create or replace table {{ target }} {{ get_table_columns_and_constraints() }};
        insert into {{ target }} {{ get_column_names() }} ({{ get_select_subquery(compiled_code) }})
    {% else %}
        create or replace table {{ target }} as ({{ compiled_code }}
        )
    {% endif %}
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {% set target = this.incorporate(type='view') %}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks) }}
    {% do drop_unless(load_cached_relation(this), 'view') %}
    {% call statement('main') %}
    {% if config.get('contract').enforced %}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {% endif %}
        create or replace view {{ target }} as ({{ compiled_code }}
        )
    {% endcall %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- What stands where the model goes, and is of another kind, goes first. -#}
{% macro drop_unless(relation, type) %}
    {% if relation and relation.type != type %}
        {% do adapter.drop_relation(relation) %}
    {% endif %}
{% endmacro %}
