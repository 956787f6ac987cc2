-- A touch is what the lead did of its own accord: a click, a reply, a response. Opening an e-mail is none.
with

messages as (

    select
        source_system,
        campaign_source_id,
        lead_id,
        max(case when channel = 'sms' then 1 else 0 end) as has_sms,
        {{ message_counts() }},
        min(responded_at) as first_touch_at
    from {{ ref('lead_messages') }}
    where campaign_source_id is not null
    group by source_system, campaign_source_id, lead_id

),

responses as (

    select
        responses.source_system,
        responses.campaign_source_id,
        responses.lead_id,
        count(*) as count_responses,
        max(case
            when responses.response in ('registered', 'signed_up') or kinds.activity_type = 'webinar_registration'
                then 1
            else 0
        end) as has_registered,
        max(case
            when
                responses.response in ('attended', 'visited')
                or kinds.activity_type in ('webinar_attendance', 'event_attendance')
                then 1
            else 0
        end) as has_attended,
        min(responses.known_at) as first_touch_at
    from {{ ref('lead_campaign_responses') }} as responses
    left join {{ ref('classified_values') }} as kinds
        on
            kinds.entity = 'campaign_responses'
            and kinds.field = 'kind_response'
            and responses.kind_response = kinds.value
    group by responses.source_system, responses.campaign_source_id, responses.lead_id

)

select
    coalesce(messages.source_system, responses.source_system) as source_system,
    coalesce(messages.campaign_source_id, responses.campaign_source_id) as campaign_source_id,
    coalesce(messages.lead_id, responses.lead_id) as lead_id,
    case messages.has_sms when 1 then 'SMS' when 0 then 'Email' end as message_channel,
    {% for kind in ['sent', 'delivered', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed', 'complained'] %}
    coalesce(messages.count_{{ kind }}, 0) as count_{{ kind }},
    {% endfor %}
    coalesce(responses.count_responses, 0) as count_responses,
    coalesce(responses.has_registered = 1, false) as has_registered,
    coalesce(responses.has_attended = 1, false) as has_attended,
    least(messages.first_touch_at, responses.first_touch_at) as first_touch_at
from messages
full outer join responses
    on
        messages.source_system = responses.source_system
        and messages.campaign_source_id = responses.campaign_source_id
        and messages.lead_id = responses.lead_id
