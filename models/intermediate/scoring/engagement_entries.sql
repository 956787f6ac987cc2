-- An activity found out about late enters the ledger when it became known, at what was left of it then.
with

scored as (

    select
        series.series_number,
        rules.rule_version_id,
        rules.rule_version_number,
        activities.activity_number,
        activities.occurred_at,
        activities.known_at
    from {{ ref('numbered_activities') }} as activities
    inner join {{ ref('engagement_rule_versions') }} as rules
        on
            activities.activity_type = rules.activity_type
            and activities.occurred_at >= rules.valid_from
            and activities.occurred_at < rules.valid_to
    inner join {{ ref('score_series') }} as series
        on
            activities.lead_id = series.lead_id
            and rules.scorecard_id = series.scorecard_id
    where
        rules.window_days is null
        or activities.known_at < {{ add_time('activities.occurred_at', 'rules.window_days', 'day') }}

)

select
    scored.series_number,
    scored.rule_version_number,
    scored.activity_number,
    steps.step_kind,
    steps.points_change,
    steps.count_change,
    greatest(scored.known_at, {{ add_time('scored.occurred_at', 'steps.offset_days', 'day') }}) as entered_at
from scored
inner join {{ ref('engagement_rule_steps') }} as steps on scored.rule_version_id = steps.rule_version_id
