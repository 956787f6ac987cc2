{{ config(materialized='view') }}

{% for system in systems_with('leads') %}
select
    {{ person_name('crm_id', "'" ~ system ~ ":' || lead_source_id") }} as record_name,
    {{ person_name('any_crm_id', 'lead_source_id') }} as any_record_name,
    {{ person_name('crm_id', "'" ~ system ~ ":' || merged_into_id") }} as merged_into_name,
    {{ person_name('email', normalise_email('email')) }} as email_name,
    {{ person_name('phone', phone_digits('phone')) }} as phone_name,
    -- Of several rows of a record the newest says what it is called now, as in accounted_leads.
    raw_defect is null and row_number() over (
        partition by lead_source_id, raw_defect is null
        order by updated_at desc nulls last, created_at asc, row_hash asc
    ) = 1 as is_newest
from {{ ref('stg_' ~ system ~ '__leads') }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
