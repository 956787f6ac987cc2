{#- Whether a model that is kept from build to build is computed as a whole. Its config's meta says by what it is
    recomputed: `lead`, `visitor` or `file`. Overrides dbt's own macro, which knows the flag only. -#}
{% macro should_full_refresh() %}
    {% set by = config.get('meta', {}).get('recomputed_by') %}
    {% if not by %}
        {{ return(config.get('full_refresh') if config.get('full_refresh') is not none else flags.FULL_REFRESH) }}
    {% endif %}
    {{ return(not recomputes_changed_only(by)) }}
{% endmacro %}

{#- Whether this run computes, and tests, only the changed leads, visitors or files. Tests see everything where the last
    build was not tested, and in `dbt test` by itself. -#}
{% macro recomputes_changed_only(by) %}
    {% set plan = build_plan() %}
    {% set scope = plan['scope'] if plan else 'all' %}
    {% if model.resource_type == 'test' and (flags.WHICH != 'build' or not plan or not plan['was_tested']) %}
        {{ return(false) }}
    {% endif %}
    {% if by == 'file' and target.type != 'duckdb' %}
        {#- Tables do not tell which of their rows are new: the events are read as a whole, and compared by visitor. -#}
        {{ return(false) }}
    {% endif %}
    {% if by == 'file' and execute and scope != 'all' %}
        {#- What names a forgotten person may be found out later, in rows that were read long ago. -#}
        {% set last = run_query('select suppressed_hash from ' ~ model_relation('last_build')).rows %}
        {% if not last or last[0][0] != suppressed_hash() %}{{ return(false) }}{% endif %}
    {% endif %}
    {{ return(scope == 'changed' or (scope == 'leads' and by != 'lead')) }}
{% endmacro %}

{#- A relation, or where only changed leads are computed, its rows of these. -#}
{% macro of_changed_leads(relation) %}
    {% if model.resource_type == 'unit_test' %}{{ return(relation) }}{% endif %}
    {% set changed = ref('changed_leads') %}
    {% if not recomputes_changed_only('lead') %}{{ return(relation) }}{% endif %}
    {{ return('(select * from ' ~ relation ~ ' where lead_id in (select lead_id from ' ~ changed ~ '))') }}
{% endmacro %}

{#- A relation, or where only changed visitors are computed, its rows of these. -#}
{% macro of_changed_visitors(relation) %}
    {% if model.resource_type == 'unit_test' %}{{ return(relation) }}{% endif %}
    {% set changed = ref('changed_visitors') %}
    {% if not recomputes_changed_only('visitor') %}{{ return(relation) }}{% endif %}
    {{ return(
        '(select all_rows.* from ' ~ relation ~ ' as all_rows where exists (select 1 from ' ~ changed ~ ' as changed'
        ~ ' where all_rows.source_system = changed.source_system and all_rows.visitor_id = changed.visitor_id))'
    ) }}
{% endmacro %}

{#- The incremental strategy `replace_changed`: all rows of what changed go, the newly computed ones come, in one
    transaction. A lead that is gone has none to come. -#}
{% macro get_incremental_replace_changed_sql(arguments) %}
    {% set target = arguments.target_relation %}
    {% set by = config.get('meta').recomputed_by %}
    {% set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') %}
    {% if by == 'lead' %}
    delete from {{ target }} where lead_id in (select lead_id from {{ model_relation('changed_leads') }});
    {% elif by == 'visitor' %}
    delete from {{ target }} as kept
    where exists (
        select 1 from {{ model_relation('changed_visitors') }} as changed
        where kept.source_system = changed.source_system and kept.visitor_id = changed.visitor_id
    );
    {% else %}
    delete from {{ target }} as kept
    where
        kept.source_version not in ({{ text_list(file_versions('web_events').values() | list + ['']) }})
        or exists (
            select 1 from {{ arguments.temp_relation }} as arrived
            where kept.source_system = arrived.source_system and kept.event_id = arrived.event_id
        );
    {% endif %}
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}

{#- What a generic test reads of a model. In an incremental build a table that is recomputed by lead is tested where it
    was recomputed: the rest passed when it was. Overrides dbt's own macro. -#}
{% macro get_where_subquery(relation) -%}
    {% set conditions = [config.get('where')] if config.get('where') else [] %}
    {% if execute and is_recomputed_by_lead(relation) and recomputes_changed_only('lead') %}
        {% do conditions.append('lead_id in (select lead_id from ' ~ model_relation('changed_leads') ~ ')') %}
    {% endif %}
    {% if not conditions %}{{ return(relation) }}{% endif %}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') as dbt_subquery') }}
{%- endmacro %}

{#- Whether the model that a generic test belongs to is this relation, and is recomputed by lead. -#}
{% macro is_recomputed_by_lead(relation) %}
    {% set node = graph.nodes.get(model.attached_node) if model.attached_node else none %}
    {{ return(node and node.alias == relation.identifier and (node.config.get('meta') or {}).get('recomputed_by') == 'lead') }}
{% endmacro %}
