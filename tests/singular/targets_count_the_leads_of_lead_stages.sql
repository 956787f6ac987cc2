-- What a target is held against is what lead_stages says: the leads, of the channel or of all, that entered the stage in
-- the month.
with

entries as (

    {% for stage in stage_names()[:-1] %}
    select
        leads.lead_id,
        leads.acquisition_channel,
        '{{ stage }}' as stage,
        {{ 'stages.created_at' if stage == 'lead' else 'stages.' ~ stage ~ '_at' }} as entered_at
    from {{ ref('lead_stages') }} as stages
    inner join {{ ref('leads') }} as leads on stages.lead_id = leads.lead_id
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted as (

    select
        targets.month,
        targets.channel,
        targets.stage,
        targets.actual,
        count(entries.lead_id) as count_entries
    from {{ ref('funnel_targets') }} as targets
    left join entries
        on
            targets.stage = entries.stage
            and (targets.channel = entries.acquisition_channel or targets.channel = 'all')
            and entries.entered_at >= targets.month
            and entries.entered_at < {{ add_time('targets.month', 1, 'month') }}
    group by targets.month, targets.channel, targets.stage, targets.actual

)

select *
from counted
where actual <> count_entries
