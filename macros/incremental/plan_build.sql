{#- Before any model is built: settle how much of it has to be, say so, and keep it in intermediate.build_plan for the
    models of this run.

    `all`: everything, from the raw rows on. `leads`: every lead, from the events as they were read before. `changed`:
    what the new, changed and vanished rows touch. What a build left unfinished is done again by the next one: the row
    of last_build, which says what the tables agree with, is taken away before they are touched. -#}
{% macro plan_build() %}
    {% if not execute or flags.WHICH not in ('run', 'build') %}{{ return('') }}{% endif %}
    {% set last_build = built_relation('last_build') %}
    {% set found = run_query('select * from ' ~ last_build) if last_build else none %}
    {#- Rows of an earlier release may know less. -#}
    {% set is_known = found and found.rows and 'suppressed_hash' in found.column_names and 'build_id' in found.column_names %}
    {% set last = found.rows[0] if is_known else none %}
    {% set build_id, earlier = run_setting('build_id'), build_plan() %}
    {% set is_finished = last and earlier and last['invocation_id'] == earlier['invocation_id'] %}
    {% if earlier and build_id and earlier['build_id'] == build_id and not is_finished %}
        {#- The same build goes on after a failure: what it found changed still is what it has to do. -#}
        {{ return('') }}
    {% endif %}
    {% set code, criteria = code_hash(), criteria_hash() %}
    {% set plan = namespace(scope='changed', reason='only what is new or has changed') %}
    {% if flags.FULL_REFRESH %}
        {% set plan.scope, plan.reason = 'all', 'a full refresh was asked for' %}
    {% elif not last %}
        {% set plan.scope, plan.reason = 'all', 'no finished build to go on from' %}
    {% elif last['code_hash'] != code %}
        {% set plan.scope, plan.reason = 'all', 'models, mappings or variables have changed' %}
    {% elif missing_table() %}
        {% set plan.scope, plan.reason = 'all', 'the table ' ~ missing_table() ~ ' is missing' %}
    {% elif last['criteria_hash'] != criteria %}
        {% set plan.scope, plan.reason = 'leads', 'the criteria of scores or stages have changed' %}
    {% endif %}
    {% if last_build and plan.scope == 'all' %}
        {% do run_query(adapter.dispatch('emptied_table', 'leadhouse')(last_build)) %}
    {% elif plan.scope == 'leads' %}
        {% do run_query(adapter.dispatch('table_of_other_criteria', 'leadhouse')(last_build)) %}
    {% endif %}
    {% set words = {'all': 'everything', 'leads': 'every lead', 'changed': 'changed leads'} %}
    {% do log('Computing ' ~ words[plan.scope] ~ ': ' ~ plan.reason ~ '.', info=true) %}
    {% set relation = model_relation('last_build', 'build_plan').incorporate(type='table') %}
    {% do adapter.create_schema(relation) %}
    {% set row %}
    select
        '{{ invocation_id }}' as invocation_id,
        '{{ build_id }}' as build_id,
        '{{ plan.scope }}' as scope,
        '{{ plan.reason }}' as reason,
        '{{ code }}' as code_hash,
        '{{ criteria }}' as criteria_hash,
        {{ is_whole('model') }} as is_whole,
        {{ is_whole('test') }} as is_tested,
        {{ last['is_tested'] if last else false }} as was_tested,
        {{ "'" ~ last['build_id'] ~ "'" if last else "''" }} as earlier_build_id,
        {{ "cast('" ~ last['as_of'] ~ "' as timestamp)" if last else as_of() }} as earlier_as_of,
        {{ as_of() }} as as_of
    {% endset %}
    {% do replace_table(relation, row) %}
    {% do adapter.cache_added(relation) %}
{% endmacro %}

{#- The first model that is kept from build to build and has no table, or none: somebody dropped it, or a build was killed while it
    was replaced. -#}
{% macro missing_table() %}
    {% for id, node in graph.nodes.items() | sort if node.resource_type == 'model' and node.config.get('meta', {}).get('recomputed_by') %}
        {% if not built_relation(node.name) %}{{ return(node.name) }}{% endif %}
    {% endfor %}
    {{ return(none) }}
{% endmacro %}

{#- Make a table of a select, outside of any model; it and all that this connection did before hold from then on. -#}
{% macro replace_table(relation, select) %}
    {% do adapter.dispatch('replace_table', 'leadhouse')(relation, select) %}
{% endmacro %}

{% macro default__replace_table(relation, select) %}
    {% call statement('drop_table', auto_begin=true) %}drop table if exists {{ relation }}{% endcall %}
    {% call statement('create_table') %}create table {{ relation }} as {{ select }}{% endcall %}
    {% do adapter.commit() %}
{% endmacro %}

{% macro duckdb__replace_table(relation, select) %}
    {% call statement('replace_table', auto_begin=false) %}
    create or replace table {{ relation }} as {{ select }}
    {% endcall %}
{% endmacro %}

{#- Statements that take away what last_build says: all of it, or that the tables agree with the criteria. -#}
{% macro default__emptied_table(relation) %}
    {{ return('delete from ' ~ relation) }}
{% endmacro %}

{#- Files are replaced, not edited. -#}
{% macro spark__emptied_table(relation) %}
    {{ return('truncate table ' ~ relation) }}
{% endmacro %}

{% macro default__table_of_other_criteria(relation) %}
    {{ return("update " ~ relation ~ " set criteria_hash = ''") }}
{% endmacro %}

{#- A build that fails on the way is followed by one of everything: that is right, and only takes longer. -#}
{% macro spark__table_of_other_criteria(relation) %}
    {{ return(spark__emptied_table(relation)) }}
{% endmacro %}

{#- The plan of this run as a row of build_plan; none before the first build and in unit tests. -#}
{% macro build_plan() %}
    {% if not execute or model.resource_type == 'unit_test' %}{{ return(none) }}{% endif %}
    {% set relation = built_relation('last_build', 'build_plan') %}
    {{ return(run_query('select * from ' ~ relation).rows[0] if relation else none) }}
{% endmacro %}

{% macro rebuild_scope() %}
    {% set plan = build_plan() %}
    {{ return(plan['scope'] if plan else 'all') }}
{% endmacro %}

{#- The run of dbt that this build began with. -#}
{% macro plan_id() %}
    {% set plan = build_plan() %}
    {{ return(plan['invocation_id'] if plan else invocation_id) }}
{% endmacro %}

{#- Whether all nodes of a kind are part of this run: only then may it say that the tables agree, or have been tested. -#}
{% macro is_whole(kind) %}
    {% for id, node in graph.nodes.items() if node.resource_type == kind and id not in selected_resources %}
        {{ return(false) }}
    {% endfor %}
    {{ return(true) }}
{% endmacro %}

{#- A model as an earlier build left it, without making it a parent of the one that asks; none where there is none.
    `name`: another table of its schema. -#}
{% macro built_relation(model_name, name=none) %}
    {% if not execute %}{{ return(none) }}{% endif %}
    {{ return(load_relation(model_relation(model_name, name))) }}
{% endmacro %}

{% macro model_relation(model_name, name=none) %}
    {% set node = graph.nodes['model.leadhouse.' ~ model_name] %}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=name or node.alias)) }}
{% endmacro %}
