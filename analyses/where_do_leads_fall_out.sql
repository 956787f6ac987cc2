-- At which step of the funnel do most leads fall out, and at which company sizes, job levels and owners more than elsewhere?
-- Only months whose leads have had time to convert.
with

steps as (

    {% for earlier, later in [
        ('lead', 'mql'), ('mql', 'sal'), ('sal', 'sql'), ('sql', 'opportunity'), ('opportunity', 'customer')
    ] %}
    select
        segment_type,
        segment,
        {{ loop.index }} as step_number,
        '{{ earlier }} to {{ later }}' as step,
        sum(count_{{ stage_plural(earlier) }}) as count_entered,
        sum(count_{{ stage_plural(later) }}) as count_converted
    from {{ ref('funnel_conversions') }}
    where is_mature and segment_type in ('all', 'company_size', 'job_level', 'owner')
    group by segment_type, segment
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    steps.step,
    steps.segment_type,
    steps.segment,
    steps.count_entered,
    steps.count_entered - steps.count_converted as count_lost,
    {{ rate('steps.count_converted', 'steps.count_entered') }} as step_rate,
    {{ wilson('steps.count_converted', 'steps.count_entered', -1) }} as step_rate_low,
    {{ wilson('steps.count_converted', 'steps.count_entered', 1) }} as step_rate_high,
    {{ rate('totals.count_converted', 'totals.count_entered') }} as step_rate_of_all
from steps
inner join steps as totals
    on
        steps.step_number = totals.step_number
        and totals.segment_type = 'all'
where steps.count_entered > 0
order by steps.step_number, steps.segment_type, step_rate
