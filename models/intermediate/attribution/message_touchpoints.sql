{{ config(materialized='view') }}

with

messages as (

    select
        activity_id,
        lead_id,
        source_system,
        campaign_source_id,
        sequence_name,
        case when activity_type in ('sms_click', 'sms_reply') then 'SMS' else 'Email' end as channel,
        occurred_at,
        known_at
    from {{ ref('lead_activities') }}
    where activity_type in ('email_click', 'email_reply', 'sms_click', 'sms_reply')

)

-- A visit that follows is the touch: its own tags say more.
select
    messages.activity_id as touch_id,
    messages.lead_id,
    messages.channel,
    coalesce(
        lower({{ without_addresses('coalesce(messages.sequence_name, campaigns.name)') }}), '(none)'
    ) as campaign,
    '(none)' as content,
    messages.occurred_at as touched_at,
    messages.known_at
from messages
left join {{ ref('conformed_campaigns') }} as campaigns
    on
        messages.source_system = campaigns.source_system
        and messages.campaign_source_id = campaigns.campaign_source_id
where
    not exists (
        select 1
        from {{ ref('session_touchpoints') }} as sessions
        where
            messages.lead_id = sessions.lead_id
            and sessions.touched_at >= messages.occurred_at
            and sessions.touched_at
            < {{ add_time('messages.occurred_at', var('session_timeout_minutes'), 'minute') }}
    )
