{{ config(materialized='view') }}

-- Who passed the later stage by has converted when it entered the first one beyond, as funnels count by the furthest stage.
with

times as (

    select
        leads.lead_id,
        {{ month_of('leads.created_at') }} as cohort_month,
        leads.created_at as lead_at,
        {% for stage in stage_names()[1:] %}
        first_times.{{ stage }}_at{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('resolved_leads') }} as leads
    left join {{ ref('first_stage_times') }} as first_times on leads.lead_id = first_times.lead_id

),

waits as (

    {% for earlier, later in curve_steps() %}
    select
        lead_id,
        '{{ earlier }}' as from_stage,
        '{{ later }}' as to_stage,
        cohort_month,
        {{ earlier }}_at as entered_at,
        least(
            {% for stage in stage_names()[stage_names().index(later):] %}
            case when {{ stage }}_at >= {{ earlier }}_at then {{ stage }}_at end{% if not loop.last %},{% endif %}
            {% endfor %}
        ) as converted_at
    from times
    where {{ earlier }}_at is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    lead_id,
    from_stage,
    to_stage,
    cast(floor({{ days_between('entered_at', 'coalesce(converted_at, ' ~ as_of() ~ ')') }}) as bigint) as days_since,
    converted_at is not null as is_converted,
    cohort_month
from waits
