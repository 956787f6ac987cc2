{% set segments = {
    'all': "'all'",
    'channel': 'acquisition_channel',
    'lead_source': "coalesce(lead_source, '(none)')",
    'country': "coalesce(country, '(none)')",
    'industry': "coalesce(industry, '(none)')",
} %}

with

leads as (

    select
        leads.lead_id,
        leads.lead_source,
        leads.country,
        leads.industry,
        acquisitions.acquisition_channel
    from {{ ref('resolved_leads') }} as leads
    inner join {{ ref('lead_acquisitions') }} as acquisitions on leads.lead_id = acquisitions.lead_id

)

{% for segment, value in segments.items() %}
select
    lead_id,
    '{{ segment }}' as segment_type,
    {{ value }} as segment
from leads
{% if not loop.last %}union all{% endif %}
{% endfor %}
