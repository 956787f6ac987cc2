with

leads as (

    select
        campaigns.*,
        stages.reached_mql_at,
        stages.reached_sql_at,
        stages.reached_opportunity_at,
        stages.reached_customer_at
    from {{ ref('lead_campaigns') }} as campaigns
    inner join {{ ref('reached_stages') }} as stages on campaigns.lead_id = stages.lead_id

)

select
    source_system,
    campaign_source_id,
    -- Where a campaign has both, what more of its leads got.
    case
        when sum(case when message_channel = 'SMS' then 1 else 0 end) * 2 > count(message_channel) then 'SMS'
        when count(message_channel) > 0 then 'Email'
    end as message_channel,
    {{ message_sums() }},
    sum(count_responses) as count_responses,
    sum(case when count_responses > 0 then 1 else 0 end) as count_responding_leads,
    sum(case when has_registered then 1 else 0 end) as count_registered_leads,
    sum(case when has_attended then 1 else 0 end) as count_attended_leads,
    sum(case when has_registered and has_attended then 1 else 0 end) as count_registered_attended_leads,
    count(first_touch_at) as count_influenced_leads,
    {% for stage in ['mql', 'sql', 'opportunity', 'customer'] %}
    sum(case
        when {{ follows('reached_' ~ stage ~ '_at', 'first_touch_at', var('attribution_lookback_days')) }} then 1
        else 0
    end) as count_later_{{ stage_plural(stage) }}{% if not loop.last %},{% endif %}
    {% endfor %}
from leads
group by source_system, campaign_source_id
