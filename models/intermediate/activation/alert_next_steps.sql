-- The first row of next_steps that fits an entry, by what was known then.
with

entries as (

    select * from {{ ref('alert_entries') }}

),

signals as (

    select
        entries.lead_id,
        entries.cycle_number,
        entries.stage,
        signals.signal,
        max(activities.occurred_at) as last_activity_at
    from entries
    inner join {{ ref('lead_activities') }} as activities
        on
            entries.lead_id = activities.lead_id
            and entries.entered_at >= activities.known_at
    inner join {{ ref('activity_signals') }} as signals on activities.activity_type = signals.activity_type
    group by entries.lead_id, entries.cycle_number, entries.stage, signals.signal

),

fitting as (

    select
        entries.lead_id,
        entries.cycle_number,
        entries.stage,
        steps.next_step,
        row_number() over (
            partition by entries.lead_id, entries.cycle_number, entries.stage
            order by steps.priority
        ) as fit_rank
    from entries
    inner join {{ ref('next_steps') }} as steps
        on
            entries.stage = coalesce(steps.stage, entries.stage)
            and coalesce(entries.rule_id, '') = coalesce(steps.rule_id, entries.rule_id, '')
    left join signals
        on
            entries.lead_id = signals.lead_id
            and entries.cycle_number = signals.cycle_number
            and entries.stage = signals.stage
            and steps.activity_type = signals.signal
    where
        steps.activity_type is null
        or (signals.signal is not null and steps.window_days is null)
        or signals.last_activity_at > {{ add_time('entries.entered_at', '-steps.window_days', 'day') }}

)

select
    lead_id,
    cycle_number,
    stage,
    next_step
from fitting
where fit_rank = 1
