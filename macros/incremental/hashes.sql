{#- Variables that shape tables which are kept from build to build; the others shape what every build computes anew. -#}
{% macro result_variables() %}
    {{ return([
        'crm_systems', 'web_systems', 'message_systems', 'ad_systems', 'page_view_events', 'session_timeout_minutes',
        'long_visit_seconds', 'pricing_dwell_seconds', 'inactivity_days', 'scanner_seconds', 'scanner_burst_seconds',
        'background_events', 'salesforce_custom_fields', 'salesforce_tracked_fields', 'salesforce_fields',
        'salesforce_response_dates', 'hubspot_contact_properties', 'hubspot_status_reason_property',
        'hubspot_sequence_marker', 'snowplow_events', 'snowplow_email_contexts', 'snowplow_heartbeat_seconds',
        'snowplow_app_ids', 'ga4_event_params', 'marketo_lead_fields', 'marketo_status_field',
        'marketo_status_reason_field', 'marketo_sequence_marker', 'pipedrive_person_fields',
        'pipedrive_organization_fields',
    ]) }}
{% endmacro %}

{#- A fingerprint of what every row depends on: models, macros, mappings and variables. -#}
{% macro code_hash() %}
    {% set parts = [dbt_version] %}
    {% for id, node in graph.nodes.items() | sort %}
        {% if node.resource_type == 'model' or (node.resource_type == 'seed' and not is_criteria(node) and not is_read_anew(node)) %}
            {% do parts.append(id ~ node.checksum.checksum) %}
        {% endif %}
    {% endfor %}
    {% for name, macro in leadhouse.items() | sort(attribute='0') %}
        {% do parts.append(name ~ macro.macro.macro_sql) %}
    {% endfor %}
    {% for name in result_variables() %}
        {% do parts.append(name ~ tojson(var(name))) %}
    {% endfor %}
    {{ return(local_md5(parts | join('\n'))) }}
{% endmacro %}

{#- A fingerprint of what decides about scores and stages only: the seeds in scoring/ and lifecycle/ that shape what is kept. -#}
{% macro criteria_hash() %}
    {% set parts = [] %}
    {% for id, node in graph.nodes.items() | sort if node.resource_type == 'seed' and is_criteria(node) and not is_read_anew(node) %}
        {% do parts.append(id ~ node.checksum.checksum) %}
    {% endfor %}
    {{ return(local_md5(parts | join('\n'))) }}
{% endmacro %}

{% macro is_criteria(node) %}
    {% set path = node.original_file_path | replace('\\', '/') %}
    {{ return(path.startswith('seeds/scoring/') or path.startswith('seeds/lifecycle/')) }}
{% endmacro %}

{#- Whether a seed shapes no kept table, but only what every build computes anew: its meta says so. -#}
{% macro is_read_anew(node) %}
    {{ return(node.config.get('meta', {}).get('is_read_anew', false)) }}
{% endmacro %}

{#- A fingerprint of whom this build leaves out because they were forgotten; only for models that come after those of
    models/intermediate/privacy. -#}
{% macro suppressed_hash() %}
    {% if not execute or not has_suppressions() %}{{ return('') }}{% endif %}
    {% set query %}
        select
            (select {{ sum_of_fingerprints(row_fingerprint(['token'])) }} from {{ model_relation('suppressed_tokens') }}),
            (
                select {{ sum_of_fingerprints(row_fingerprint(['source_system', 'event_id'])) }}
                from {{ model_relation('suppressed_web_events') }}
            )
    {% endset %}
    {{ return(run_query(query).rows[0].values() | join(' ')) }}
{% endmacro %}
