with

ordered as (

    select
        events.*,
        lag(lead_id) over (
            partition by source_system, visitor_id
            order by occurred_at, event_id
        ) as earlier_lead_id
    from {{ ref('named_web_events') }} as events

),

-- Only where the person changes does a new span begin.
numbered as (

    select
        ordered.*,
        sum(case when lead_id = earlier_lead_id then 0 else 1 end) over (
            partition by source_system, visitor_id
            order by occurred_at, event_id
            rows between unbounded preceding and current row
        ) as span_number
    from ordered

),

-- A user id that the CRM gets to know late may be overtaken by an e-mail: what is known first counts.
spans as (

    select
        source_system,
        visitor_id,
        lead_id,
        span_number,
        min(occurred_at) as started_at,
        min(identified_at) as identified_at
    from numbered
    group by source_system, visitor_id, lead_id, span_number

)

select
    source_system,
    visitor_id,
    span_number,
    lead_id,
    -- The first person also gets what was seen before anybody was known.
    case when span_number = 1 then {{ start_of_time() }} else started_at end as started_at,
    coalesce(
        lead(started_at) over (partition by source_system, visitor_id order by span_number), {{ end_of_time() }}
    ) as ended_at,
    identified_at
from spans
