-- Where do visits come from, and how many of them are known people's?
select
    {{ month_of('started_at') }} as visit_month,
    channel,
    count(*) as count_sessions,
    sum(case when is_identified then 1 else 0 end) as count_identified_sessions,
    sum(case when pricing_engaged_seconds > 0 then 1 else 0 end) as count_sessions_with_pricing
from {{ ref('sessions') }}
group by {{ month_of('started_at') }}, channel
order by visit_month desc, count_sessions desc, channel asc
