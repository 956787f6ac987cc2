-- Leads that could still be won, with what has been done about them since they were last handed over.
with

handovers as (

    select
        handovers.*,
        responses.first_response_at,
        ends.ended_at,
        row_number() over (partition by handovers.lead_id order by handovers.cycle_number desc) as recency_rank
    from {{ ref('handovers') }} as handovers
    left join {{ ref('handover_responses') }} as responses
        on
            handovers.lead_id = responses.lead_id
            and handovers.cycle_number = responses.cycle_number
    left join {{ ref('handover_ends') }} as ends
        on
            handovers.lead_id = ends.lead_id
            and handovers.cycle_number = ends.cycle_number

),

customers as (

    select distinct lead_id
    from {{ ref('lead_opportunities') }}
    where win_number = 1

),

open_opportunities as (

    select
        lead_id,
        min(entered_at) as opened_at
    from {{ ref('lead_opportunities') }}
    where not is_closed and lead_id is not null
    group by lead_id

),

touches as (

    select
        lead_id,
        max(occurred_at) as last_touch_at
    from {{ ref('lead_sales_activities') }}
    group by lead_id

),

messages as (

    select
        lead_id,
        max(sent_at) as last_sent_at
    from {{ ref('lead_messages') }}
    where is_sent or is_delivered
    group by lead_id

)

select
    leads.lead_id,
    leads.owner_id,
    leads.has_opted_out,
    leads.is_recycled,
    coalesce(handovers.cycle_number = leads.cycle_number, false) as is_current,
    {{ stage_name('leads.furthest_rank') }} as stage,
    handovers.handed_over_at,
    handovers.first_response_at,
    handovers.accepted_at,
    handovers.ended_at,
    leads.cycle_sql_at as sql_at,
    open_opportunities.opened_at,
    touches.last_touch_at,
    messages.last_sent_at
from {{ ref('workable_leads') }} as leads
left join handovers
    on
        leads.lead_id = handovers.lead_id
        and handovers.recency_rank = 1
left join open_opportunities on leads.lead_id = open_opportunities.lead_id
left join touches on leads.lead_id = touches.lead_id
left join messages on leads.lead_id = messages.lead_id
left join customers on leads.lead_id = customers.lead_id
where customers.lead_id is null
