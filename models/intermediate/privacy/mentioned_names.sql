-- A view, because what it lists must not be stored.
{{ config(materialized='view') }}

{% set crm_entities = [
    'opportunities', 'lead_status_history', 'sales_activities', 'campaign_responses', 'lead_attributes',
    'score_adjustments',
] %}

select record_name as name from {{ ref('crm_names') }}
{{ union_distinct() }}
select any_record_name as name from {{ ref('crm_names') }}
{{ union_distinct() }}
select email_name as name from {{ ref('crm_names') }}
{{ union_distinct() }}
select phone_name as name from {{ ref('crm_names') }}
{% for entity in crm_entities %}
{% for system in systems_with(entity) %}
{{ union_distinct() }}
select {{ person_name('crm_id', "'" ~ system ~ ":' || lead_source_id") }} as name
from {{ ref('stg_' ~ system ~ '__' ~ entity) }}
{% endfor %}
{% endfor %}
{% for system in systems_with('web_events') %}
{{ union_distinct() }}
select {{ person_name('email', normalise_email('email')) }} as name from {{ ref('stg_' ~ system ~ '__web_events') }}
{{ union_distinct() }}
select {{ person_name('any_crm_id', 'user_id') }} as name from {{ ref('stg_' ~ system ~ '__web_events') }}
{% endfor %}
{% for system in systems_with('message_events') %}
{{ union_distinct() }}
select {{ person_name('any_crm_id', 'lead_source_id') }} as name
from {{ ref('stg_' ~ system ~ '__message_events') }}
{{ union_distinct() }}
select {{ person_name('email', normalise_email('recipient')) }} as name
from {{ ref('stg_' ~ system ~ '__message_events') }}
{{ union_distinct() }}
select {{ person_name('phone', phone_digits('recipient')) }} as name
from {{ ref('stg_' ~ system ~ '__message_events') }}
{% endfor %}
