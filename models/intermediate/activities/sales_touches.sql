-- Sales activities that reach out to the lead, or in which both spoke. A task is work on paper; a cancelled meeting is none.
with

activities as (

    select
        sales.source_system,
        sales.sales_activity_id,
        sales.lead_id,
        sales.kind,
        sales.kind in ('call', 'email', 'meeting')
        and coalesce(sales.direction, 'outbound') <> 'inbound'
        and coalesce(sales.outcome, '') not in ('cancelled', 'canceled') as is_outreach,
        coalesce(classified.activity_type in ('sales_call_connected', 'meeting_held'), false) as is_connection,
        sales.occurred_at
    from {{ ref('lead_sales_activities') }} as sales
    left join {{ ref('classified_values') }} as classified
        on
            sales.kind_outcome = classified.value
            and classified.entity = 'sales_activities'
            and classified.field = 'kind_outcome'

)

select
    source_system,
    sales_activity_id,
    lead_id,
    kind,
    is_outreach,
    is_connection,
    occurred_at
from activities
where is_outreach or is_connection
