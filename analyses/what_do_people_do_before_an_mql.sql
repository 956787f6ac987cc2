-- What did leads do in the 30 days before they became an MQL?
with

before as (

    select
        activities.lead_id,
        activities.activity_type,
        activities.intent
    from {{ ref('lead_stages') }} as stages
    inner join {{ ref('activities') }} as activities
        on
            stages.lead_id = activities.lead_id
            and activities.known_at <= stages.mql_at
            and activities.occurred_at > {{ add_time('stages.mql_at', -30, 'day') }}
    where activities.is_inbound

)

select
    activity_type,
    intent,
    count(distinct lead_id) as count_leads,
    count(*) as count_activities
from before
group by activity_type, intent
order by count_leads desc, activity_type asc
