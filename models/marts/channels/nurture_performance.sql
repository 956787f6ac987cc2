{% set stages = ['mql', 'sql', 'customer'] %}

with

leads as (

    select
        steps.*,
        {{ add_time('steps.received_at', var('attribution_lookback_days'), 'day') }} <= {{ as_of() }} as is_mature,
        {% for stage in stages %}
        stages.reached_{{ stage }}_at{% if not loop.last %},{% endif %}
        {% endfor %}
    from {{ ref('lead_sequence_steps') }} as steps
    inner join {{ ref('reached_stages') }} as stages on steps.lead_id = stages.lead_id

),

counted as (

    select
        sequence_name,
        sequence_step,
        channel,
        {{ message_sums() }},
        sum(case when not is_mature then 1 else 0 end) as count_young_leads,
        {% for stage in stages %}
        {% set reached_at = 'reached_' ~ stage ~ '_at' %}
        sum(case when is_mature and coalesce({{ reached_at }} >= received_at, true) then 1 else 0 end)
            as count_{{ stage }}_candidates,
        sum(case
            when is_mature and {{ follows(reached_at, 'received_at', var('attribution_lookback_days')) }} then 1
            else 0
        end) as count_later_{{ stage }}s,
        {% endfor %}
        min(first_sent_at) as first_sent_at,
        max(last_sent_at) as last_sent_at
    from leads
    group by sequence_name, sequence_step, channel

)

select
    sequence_name,
    sequence_step,
    case channel when 'email' then 'Email' when 'sms' then 'SMS' else channel end as channel,
    {{ message_count_columns('counted') }},
    cast(count_young_leads as bigint) as count_young_leads,
    {% for stage in stages %}
    cast(count_{{ stage }}_candidates as bigint) as count_{{ stage }}_candidates,
    cast(count_later_{{ stage }}s as bigint) as count_later_{{ stage }}s,
    {% endfor %}
    {{ message_rates('counted', 'counted.channel') }},
    {% for stage in stages %}
    {% set part, whole = 'count_later_' ~ stage ~ 's', 'count_' ~ stage ~ '_candidates' %}
    {{ rate(part, whole) }} as {{ stage }}_rate,
    {{ wilson(part, whole, -1) }} as {{ stage }}_rate_low,
    {{ wilson(part, whole, 1) }} as {{ stage }}_rate_high,
    {% endfor %}
    first_sent_at,
    last_sent_at
from counted
