-- Is sales quick enough: who answers hand-overs how fast, how many in time, how often is it tried again, and what waits now?
select
    coalesce(owner_id, '(nobody)') as owner_id,
    count(*) as count_handed_over,
    {{ rate('count(first_response_at)', 'count(*)') }} as answered_rate,
    {{ median('hours_to_response') }} as median_hours_to_response,
    {{ median('business_hours_to_response') }} as median_business_hours_to_response,
    {{ rate('sum(case when is_sla_met then 1 else 0 end)', 'count(is_sla_met)') }} as sla_met_rate,
    {{ rate('sum(count_follow_ups)', 'count(first_response_at)') }} as follow_ups_per_answered,
    {{ rate('sum(case when is_connected then 1 else 0 end)', 'count(*)') }} as connected_rate,
    {{ rate('sum(case when is_accepted then 1 else 0 end)', 'count(*)') }} as accepted_rate,
    sum(case when is_open then 1 else 0 end) as count_open,
    sum(case when is_overdue then 1 else 0 end) as count_overdue
from {{ ref('handoffs') }}
group by coalesce(owner_id, '(nobody)')
order by median_hours_to_response desc nulls last
