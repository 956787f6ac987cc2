-- What the limits of groups, dimensions and scorecard add to or take from the points of the rules, at the as-of time.
with

raw_groups as (

    select
        lead_id,
        scorecard_id,
        group_id,
        sum(points_change) as points
    from {{ ref('ledger_entries') }}
    where entered_at <= {{ as_of() }}
    group by lead_id, scorecard_id, group_id

),

clamped_groups as (

    select
        lead_id,
        scorecard_id,
        group_id,
        dimension,
        sum(points_change) as points
    from {{ ref('group_changes') }}
    where entered_at <= {{ as_of() }}
    group by lead_id, scorecard_id, group_id, dimension

),

dimensions as (

    select
        lead_id,
        scorecard_id,
        sum(case when dimension = 'fit' then points else 0 end) as fit_points,
        sum(case when dimension = 'engagement' then points else 0 end) as engagement_points
    from clamped_groups
    group by lead_id, scorecard_id

),

current_scores as (

    select * from {{ ref('score_steps') }}
    where entered_at <= {{ as_of() }} and held_until > {{ as_of() }}

),

clamps as (

    select
        clamped_groups.lead_id,
        clamped_groups.scorecard_id,
        'clamp:' || clamped_groups.group_id as rule_id,
        clamped_groups.group_id,
        clamped_groups.dimension,
        'Limit of the group ' || clamped_groups.group_id as description,
        clamped_groups.points - coalesce(raw_groups.points, 0) as points
    from clamped_groups
    left join raw_groups
        on
            clamped_groups.lead_id = raw_groups.lead_id
            and clamped_groups.scorecard_id = raw_groups.scorecard_id
            and clamped_groups.group_id = raw_groups.group_id
    {% for dimension in ['fit', 'engagement'] %}
    union all
    select
        current_scores.lead_id,
        current_scores.scorecard_id,
        'clamp:{{ dimension }}' as rule_id,
        cast(null as varchar) as group_id,
        '{{ dimension }}' as dimension,
        'The {{ dimension }} score is never below zero' as description,
        current_scores.{{ dimension }}_score - coalesce(dimensions.{{ dimension }}_points, 0) as points
    from current_scores
    left join dimensions
        on
            current_scores.lead_id = dimensions.lead_id
            and current_scores.scorecard_id = dimensions.scorecard_id
    {% endfor %}
    union all
    select
        lead_id,
        scorecard_id,
        'clamp:score' as rule_id,
        cast(null as varchar) as group_id,
        cast(null as varchar) as dimension,
        'Limit of the whole score' as description,
        score - fit_score - engagement_score as points
    from current_scores

)

select * from clamps
where points <> 0
