-- What the limits of groups, dimensions and scorecard add to or take from the points of the rules, at the as-of time.
with

raw_groups as (

    select
        lead_id,
        scorecard_id,
        group_id,
        sum(points) as points
    from (
        select
            lead_id,
            scorecard_id,
            group_id,
            points
        from {{ ref('current_rule_points') }}
        union all
        -- A group with a floor above zero gives it to every lead.
        select
            leads.lead_id,
            groups.scorecard_id,
            groups.group_id,
            0 as points
        from {{ ref('resolved_leads') }} as leads
        cross join {{ ref('score_groups') }} as groups
        where groups.min_points > 0
    ) as all_points
    group by lead_id, scorecard_id, group_id

),

clamped_groups as (

    select
        raw_groups.lead_id,
        raw_groups.scorecard_id,
        raw_groups.group_id,
        groups.dimension,
        raw_groups.points as raw_points,
        {{ clamped('raw_groups.points', 'groups.min_points', 'groups.max_points') }} as points
    from raw_groups
    inner join {{ ref('score_groups') }} as groups
        on
            raw_groups.scorecard_id = groups.scorecard_id
            and raw_groups.group_id = groups.group_id

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
        lead_id,
        scorecard_id,
        'clamp:' || group_id as rule_id,
        group_id,
        dimension,
        'Limit of the group ' || group_id as description,
        points - raw_points as points
    from clamped_groups
    {% for dimension in ['fit', 'engagement'] %}
    union all
    select
        current_scores.lead_id,
        current_scores.scorecard_id,
        'clamp:{{ dimension }}' as rule_id,
        cast(null as {{ dbt.type_string() }}) as group_id,
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
        cast(null as {{ dbt.type_string() }}) as group_id,
        cast(null as {{ dbt.type_string() }}) as dimension,
        'Limit of the whole score' as description,
        score - fit_score - engagement_score as points
    from current_scores

)

select * from clamps
where points <> 0
