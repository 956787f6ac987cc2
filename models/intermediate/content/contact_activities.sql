-- What leaves contact data: a form, a download, a registration. Lists of trade shows are typed in days later.
{% set contact_days = 7 %}
with

contacts as (

    select
        activities.lead_id,
        activities.activity_id,
        row_number() over (
            partition by activities.lead_id
            order by
                abs({{ seconds_between('leads.created_at', 'activities.occurred_at') }}),
                activities.occurred_at,
                activities.activity_id
        ) as contact_rank
    from {{ ref('lead_activities') }} as activities
    inner join {{ ref('activity_types') }} as types on activities.activity_type = types.activity_type
    inner join {{ ref('resolved_leads') }} as leads
        on
            activities.lead_id = leads.lead_id
            and activities.occurred_at >= {{ add_time('leads.created_at', -contact_days, 'day') }}
            and activities.occurred_at <= {{ add_time('leads.created_at', contact_days, 'day') }}
    where
        types.is_inbound
        and activities.content_name is not null
        and (types.category in ('form', 'event') or types.activity_type like '%_download')

)

select
    lead_id,
    activity_id
from contacts
where contact_rank = 1
