with

accumulated as (

    select
        moments.*,
        sum(points_change) over (
            partition by series_number, rule_version_number
            order by entered_at
            rows between unbounded preceding and current row
        ) as points_in_all,
        sum(count_change) over (
            partition by series_number, rule_version_number
            order by entered_at
            rows between unbounded preceding and current row
        ) as count_in_all
    from {{ ref('engagement_moments') }} as moments

),

contributions as (

    select
        accumulated.series_number,
        ledger_rules.rule_number,
        ledger_rules.count_versions,
        accumulated.entered_at,
        accumulated.activity_number,
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
        on accumulated.rule_version_number = rules.rule_version_number
    inner join {{ ref('ledger_rules') }} as ledger_rules
        on
            rules.scorecard_id = ledger_rules.scorecard_id
            and rules.rule_id = ledger_rules.rule_id
            and rules.group_id = ledger_rules.group_id

)

select
    series_number,
    rule_number,
    count_versions,
    entered_at,
    activity_number,
    count_activities,
    case kind_rank when 1 then 'granted' when 2 then 'expired' else 'faded' end as entry_kind,
    cast(points_change as decimal(18, 6)) as points_change
from contributions
where points_change <> 0
