with

summed as (

    select
        lead_id,
        rule_version_id,
        entered_at,
        sum(points_change) as points_change,
        sum(count_change) as count_change,
        min(activity_id) as activity_id,
        count(*) as count_activities,
        -- An expiry outweighs a fading, a grant outweighs both.
        min(
            case step_kind when 'granted' then 1 when 'expired' then 2 else 3 end
        ) as kind_rank
    from {{ ref('engagement_entries') }}
    group by lead_id, rule_version_id, entered_at

),

accumulated as (

    select
        summed.*,
        sum(points_change) over (
            partition by lead_id, rule_version_id
            order by entered_at
            rows between unbounded preceding and current row
        ) as points_in_all,
        sum(count_change) over (
            partition by lead_id, rule_version_id
            order by entered_at
            rows between unbounded preceding and current row
        ) as count_in_all
    from summed

),

contributions as (

    select
        accumulated.lead_id,
        accumulated.rule_version_id,
        rules.scorecard_id,
        rules.rule_id,
        rules.group_id,
        accumulated.entered_at,
        accumulated.activity_id,
        accumulated.count_activities,
        accumulated.kind_rank,
        {{ rule_contribution('accumulated.count_in_all', 'accumulated.points_in_all', 'rules') }}
        - {{ rule_contribution(
            '(accumulated.count_in_all - accumulated.count_change)',
            '(accumulated.points_in_all - accumulated.points_change)',
            'rules'
        ) }} as points_change
    from accumulated
    inner join {{ ref('engagement_rule_versions') }} as rules
        on accumulated.rule_version_id = rules.rule_version_id

)

select
    lead_id,
    scorecard_id,
    rule_id,
    group_id,
    entered_at,
    activity_id,
    count_activities,
    case kind_rank when 1 then 'granted' when 2 then 'expired' else 'faded' end as entry_kind,
    cast(points_change as decimal(18, 6)) as points_change
from contributions
where points_change <> 0
