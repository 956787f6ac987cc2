-- What the queue says of a lead agrees with what the other marts say: no refusal, no sales, nothing seen before.
with

refused as (

    select distinct lead_id
    from {{ ref('activities') }}
    where activity_type = 'email_unsubscribe'

),

seen as (

    select distinct
        lead_id,
        content_name
    from {{ ref('activities') }}

)

select queue.lead_id
from {{ ref('nurture_queue') }} as queue
inner join {{ ref('leads') }} as leads on queue.lead_id = leads.lead_id
inner join {{ ref('lead_stages') }} as stages on queue.lead_id = stages.lead_id
left join refused on queue.lead_id = refused.lead_id
left join seen
    on
        queue.lead_id = seen.lead_id
        and queue.next_content_name = seen.content_name
where
    leads.has_opted_out
    or stages.is_excluded
    or stages.is_disqualified
    or stages.is_customer
    or stages.stage <> queue.stage
    or refused.lead_id is not null
    or seen.lead_id is not null
