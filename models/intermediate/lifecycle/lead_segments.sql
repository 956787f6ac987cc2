{% set segments = {
    'all': "'all'",
    'channel': 'acquisition_channel',
    'lead_source': "coalesce(lead_source, '(none)')",
    'country': "coalesce(country, '(none)')",
    'industry': "coalesce(industry, '(none)')",
    'owner': "coalesce(owner_id, '(none)')",
    'company_size': "coalesce(company_size, '(none)')",
    'job_level': "coalesce(job_level, '(none)')",
} %}

with

leads as (

    select
        leads.lead_id,
        leads.lead_source,
        leads.country,
        leads.industry,
        leads.owner_id,
        {{ company_size('leads.employee_count') }} as company_size,
        levels.value as job_level,
        acquisitions.acquisition_channel
    from {{ ref('resolved_leads') }} as leads
    inner join {{ ref('lead_acquisitions') }} as acquisitions on leads.lead_id = acquisitions.lead_id
    left join {{ ref('job_title_roles') }} as levels
        on
            leads.job_title = levels.job_title
            and levels.attribute = 'job_level'

)

{% for segment, value in segments.items() %}
select
    lead_id,
    '{{ segment }}' as segment_type,
    {{ value }} as segment
from leads
{% if not loop.last %}union all{% endif %}
{% endfor %}
