select
    series_number,
    rule_version_number,
    entered_at,
    cast(sum(points_change) as decimal(18, 6)) as points_change,
    sum(count_change) as count_change,
    min(activity_number) as activity_number,
    count(*) as count_activities,
    -- A grant outweighs an expiry, both outweigh a fading.
    min(
        case step_kind when 'granted' then 1 when 'expired' then 2 else 3 end
    ) as kind_rank
from {{ ref('engagement_entries') }}
group by series_number, rule_version_number, entered_at
