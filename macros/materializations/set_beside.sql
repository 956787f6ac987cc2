{#- Spark: a table is made beside the one that it replaces, and takes its name when it is whole. dbt's own way drops the old one first,
    but a model may read what it replaces. Files are not edited: where only what changed is computed, the rest is copied from
    the old table. Rewriting no more than the parts that changed leads are in would be to rewrite nearly all of them. -#}
{% materialization table, adapter='spark' %}
    {{ run_hooks(pre_hooks) }}
    {% set target = set_beside(compiled_code) %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization incremental, adapter='spark' %}
    {% set existing = load_cached_relation(this) %}
    {% set is_whole = not existing or should_full_refresh() %}
    {{ run_hooks(pre_hooks) }}
    {% set target = set_beside(compiled_code if is_whole else kept_and_computed(existing, compiled_code)) %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% macro set_beside(select) %}
    {% set target, fresh = this.incorporate(type='table'), beside(this, 'new') %}
    {% set existing = load_cached_relation(this) %}
    {% do adapter.drop_relation(fresh) %}
    {% call statement('main') %}
    {{ create_table_as(false, fresh, select) }}
    {% endcall %}
    {% if existing %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% do adapter.rename_relation(fresh, target) %}
    {% do forget_files_of_later_models(select) %}
    {{ return(target) }}
{% endmacro %}

{#- The rows of what has not changed, as they are, and the computed ones of what has. -#}
{% macro kept_and_computed(existing, computed) %}
    {% set by = config.get('meta').recomputed_by %}
    {% set columns = adapter.get_columns_in_relation(existing) | map(attribute='quoted') | join(', ') %}
    {% set keys = {'lead': ['lead_id'], 'visitor': ['source_system', 'visitor_id']}[by] %}
select {{ columns }}
from {{ existing }}
left anti join {{ model_relation('changed_' ~ by ~ 's') }} using ({{ keys | join(', ') }})
union all
select {{ columns }}
from (
{{ computed }}
) as computed
{% endmacro %}

{#- A session keeps a list of the files of each table that it has read. Of one that another session replaces later in this run, the
    list is to be forgotten: those are the tables that a model reads as the build before left them. -#}
{% macro forget_files_of_later_models(select) %}
    {% set earlier = [this.identifier] %}
    {% for id in model.depends_on.nodes %}{% do earlier.append(id.split('.')[-1]) %}{% endfor %}
    {% for schema, name in set(modules.re.findall('(' ~ target.schema ~ '_\\w+)\\.(\\w+)', select)) if name not in earlier %}
        {% set relation = load_cached_relation(api.Relation.create(schema=schema, identifier=name)) %}
        {% if relation and relation.is_table %}
            {% do run_query('refresh table ' ~ relation) %}
        {% endif %}
    {% endfor %}
{% endmacro %}
