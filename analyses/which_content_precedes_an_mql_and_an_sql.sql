-- Does educational or commercial content precede an MQL, and which an SQL: how many of them had seen either in the 90 days
-- before, and how many only the one?
with

entries as (

    select
        lead_id,
        'mql' as stage,
        mql_at as entered_at
    from {{ ref('lead_stages') }}
    where is_mql
    union all
    select
        lead_id,
        'sql' as stage,
        sql_at as entered_at
    from {{ ref('lead_stages') }}
    where is_sql

),

seen as (

    select
        entries.stage,
        entries.lead_id,
        max(case when activities.intent = 'educational' then 1 else 0 end) as has_educational,
        max(case when activities.intent = 'commercial' then 1 else 0 end) as has_commercial
    from entries
    left join {{ ref('activities') }} as activities
        on
            entries.lead_id = activities.lead_id
            and activities.is_inbound
            and activities.known_at <= entries.entered_at
            and {{ follows('entries.entered_at', 'activities.occurred_at', var('attribution_lookback_days')) }}
    group by entries.stage, entries.lead_id

)

select
    stage,
    count(*) as count_leads,
    {{ rate('sum(has_educational)', 'count(*)') }} as educational_rate,
    {{ rate('sum(has_commercial)', 'count(*)') }} as commercial_rate,
    {{ rate('sum(has_educational * (1 - has_commercial))', 'count(*)') }} as only_educational_rate,
    {{ rate('sum(has_commercial * (1 - has_educational))', 'count(*)') }} as only_commercial_rate
from seen
group by stage
order by stage
