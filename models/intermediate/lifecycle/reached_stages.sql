{% set stages = ['mql', 'sal', 'sql', 'opportunity', 'customer', 'repeat_customer'] %}

-- As in the funnels: who enters a stage has reached all before it, also those that were jumped over.
select
    leads.lead_id,
    leads.created_at,
    times.mql_at as entered_mql_at,
    {% for stage in ['mql', 'sql', 'opportunity'] %}
    least(
        {% for name in stages[stages.index(stage):] %}
        times.{{ name }}_at{% if not loop.last %},{% endif %}

        {% endfor %}
    ) as reached_{{ stage }}_at,
    {% endfor %}
    least(times.customer_at, times.repeat_customer_at) as reached_customer_at
from {{ ref('resolved_leads') }} as leads
left join {{ ref('first_stage_times') }} as times on leads.lead_id = times.lead_id
