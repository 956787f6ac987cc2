select
    event_id as id,
    visitor_id as anonymous_id,
    user_id,
    event_name as event,
    occurred_at as "timestamp",
    loaded_at as received_at,
    page_url as context_page_url,
    referrer_url as context_page_referrer,
    utm_source as context_campaign_source,
    utm_medium as context_campaign_medium,
    utm_campaign as context_campaign_name,
    utm_content as context_campaign_content,
    utm_term as context_campaign_term,
    user_agent as context_user_agent,
    email as context_traits_email
from web_events
where event_name is distinct from 'page_view'
