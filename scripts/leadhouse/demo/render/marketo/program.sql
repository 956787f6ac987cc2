select
    campaign_source_id as id,
    name,
    case kind
        when 'email' then 'Email Send'
        when 'webinar' then 'Webinar'
        when 'event' then 'Live Event'
        when 'sms' then 'SMS'
        else kind
    end as channel,
    case when kind in ('webinar', 'event') then kind when kind is not null then 'program' end as type,
    started_at as start_date,
    ended_at as end_date
from campaigns
