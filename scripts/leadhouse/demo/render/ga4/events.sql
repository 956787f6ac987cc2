-- GA4 must not be sent e-mail addresses, and passes known crawlers over. The site names a person by the CRM's id as soon as the CRM
-- has one for the address; who shares a mailbox cannot be told. Values are cut off where GA4 does.
with

crm as (

    select
        lower(trim(email)) as email,
        lead_source_id,
        try_cast(created_at as timestamp) as created_at
    from leads
    where lower(trim(email)) not like 'info@%' and lower(trim(email)) not like 'sales@%'

),

people as (

    select
        events.event_id,
        min_by(crm.lead_source_id, crm.created_at) as lead_source_id
    from (select distinct event_id, email, occurred_at from web_events where event_id is not null) as events
    inner join crm on lower(trim(events.email)) = crm.email and crm.created_at <= events.occurred_at
    group by events.event_id

),

visits as (

    select
        web_events.*,
        coalesce(web_events.user_id, people.lead_source_id) as known_user_id,
        lag(occurred_at) over (partition by visitor_id order by occurred_at, web_events.event_id) as previous_at
    from web_events
    left join people on web_events.event_id = people.event_id
    where
        not regexp_matches(
            lower(coalesce(user_agent, '')), 'googlebot|bingbot|ahrefsbot|semrushbot|gptbot|headlesschrome'
        )

),

-- What GA4 sends of itself at the beginning of a visitor and of a session.
signals as (

    select
        visits.*,
        event_name as signal
    from visits
    union all
    select
        visits.*,
        names.name
    from visits
    inner join (values ('first_visit'), ('session_start')) as names (name)
        on
            previous_at is null
            or (names.name = 'session_start' and occurred_at >= previous_at + interval '30 minutes')
    where visitor_id is not null and occurred_at is not null and event_name is not null

),

described as (

    select
        signals.*,
        signal = event_name and signal = 'file_download' as is_download,
        [
            {'key': 'ga_session_id', 'text': null, 'number': cast(epoch(occurred_at) // 1800 as bigint)},
            {'key': 'page_location', 'text': left(page_url, 1000), 'number': null},
            {'key': 'page_referrer', 'text': left(referrer_url, 420), 'number': null},
            {'key': 'source', 'text': left(utm_source, 100), 'number': null},
            {'key': 'medium', 'text': left(utm_medium, 100), 'number': null},
            {'key': 'campaign', 'text': left(utm_campaign, 100), 'number': null},
            {'key': 'form_id', 'text': case when signal = event_name then left(form_name, 100) end, 'number': null},
            {
                'key': 'file_name',
                'text': case when is_download then left('/files/' || asset_name || '.pdf', 100) end,
                'number': null
            },
            {
                'key': 'asset_name',
                'text': case when signal = event_name and not is_download then left(asset_name, 100) end,
                'number': null
            },
            {
                'key': 'engagement_time_msec',
                'text': null,
                'number': case when signal = event_name then cast(engaged_seconds * 1000 as bigint) end
            }
        ] as params
    from signals

)

select
    strftime(occurred_at, '%Y%m%d') as event_date,
    epoch_us(occurred_at) as event_timestamp,
    signal as event_name,
    list_transform(
        list_filter(params, lambda param: param.text is not null or param.number is not null),
        lambda param: {
            'key': param.key,
            'value': {
                'string_value': cast(param.text as varchar),
                'int_value': cast(param.number as bigint),
                'float_value': cast(null as double),
                'double_value': cast(null as double)
            }
        }
    ) as event_params,
    -- Whatever is delivered twice is the same upload.
    cast(hash(event_id) % 1000000000 as bigint) as event_bundle_sequence_id,
    known_user_id as user_id,
    visitor_id as user_pseudo_id,
    {'analytics_storage': 'Yes', 'ads_storage': 'Yes', 'uses_transient_token': 'No'} as privacy_info,
    '4207312290' as stream_id,
    'WEB' as platform,
    case
        when coalesce(utm_source, utm_medium, utm_campaign, utm_content, utm_term, click_id) is not null
            then {
                'manual_campaign_id': cast(null as varchar),
                'manual_campaign_name': utm_campaign,
                'manual_source': utm_source,
                'manual_medium': utm_medium,
                'manual_term': utm_term,
                'manual_content': utm_content,
                'gclid': click_id,
                'dclid': cast(null as varchar),
                'srsltid': cast(null as varchar)
            }
    end as collected_traffic_source,
    coalesce(engaged_seconds > 0, false) as is_active_user
from described
