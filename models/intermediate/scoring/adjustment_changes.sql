with

adjustments as (

    select
        leads.lead_id,
        groups.scorecard_id,
        adjustments.group_id,
        adjustments.points,
        greatest(adjustments.recorded_at, leads.created_at) as granted_at,
        adjustments.expires_at
    from {{ ref('lead_adjustments') }} as adjustments
    inner join {{ of_changed_leads(ref('resolved_leads')) }} as leads on adjustments.lead_id = leads.lead_id
    inner join {{ ref('score_groups') }} as groups on adjustments.group_id = groups.group_id
    where
        adjustments.expires_at is null
        or adjustments.expires_at > greatest(adjustments.recorded_at, leads.created_at)

),

changes as (

    select
        lead_id,
        scorecard_id,
        group_id,
        granted_at as entered_at,
        points as points_change
    from adjustments
    union all
    select
        lead_id,
        scorecard_id,
        group_id,
        expires_at as entered_at,
        -points as points_change
    from adjustments
    where expires_at is not null

)

select
    lead_id,
    scorecard_id,
    'adjustment:' || group_id as rule_id,
    group_id,
    entered_at,
    cast(sum(points_change) as decimal(18, 6)) as points_change
from changes
group by lead_id, scorecard_id, group_id, entered_at
having sum(points_change) <> 0
