with

crm_emails as (

    select
        source_system,
        lead_source_id,
        {{ normalise_email('email') }} as email
    from {{ ref('conformed_leads') }}

),

-- One message has one recipient, but a system may name that person by address in one event and by id in another.
addressed as (

    select
        messages.source_system,
        messages.event_id,
        messages.message_id,
        lower(messages.event_type) as event_type,
        messages.url,
        messages.occurred_at,
        coalesce(
            {{ normalise_email('messages.recipient') }}, crm_emails.email, messages.lead_source_id
        ) as addressee,
        {{ hash_of([
            'messages.campaign_source_id', 'messages.sequence_name', 'messages.step',
            'case when messages.campaign_source_id is null and messages.sequence_name is null then messages.message_id end'
        ]) }} as mailing_id
    from ({{ union_systems('message_events', var('message_systems')) }}) as messages
    left join crm_emails
        on
            messages.source_system = crm_emails.source_system
            and messages.lead_source_id = crm_emails.lead_source_id
    where messages.raw_defect is null and messages.message_id is not null

),

clicks as (

    select *
    from addressed
    where event_type = 'clicked' and url is not null

),

-- What links a mailing has is known from clicks alone, by whomever.
mailing_links as (

    select
        source_system,
        mailing_id,
        url,
        min(occurred_at) as first_clicked_at
    from clicks
    group by source_system, mailing_id, url

),

-- From which clicks on every link known by then is clicked within a few seconds; a mailing of one link proves nothing.
bursts as (

    select
        firsts.source_system,
        firsts.message_id,
        firsts.addressee,
        firsts.occurred_at as started_at
    from clicks as firsts
    inner join clicks as followers
        on
            firsts.source_system = followers.source_system
            and firsts.message_id = followers.message_id
            and firsts.addressee = followers.addressee
            and followers.occurred_at >= firsts.occurred_at
            and followers.occurred_at <= {{ add_time('firsts.occurred_at', var('scanner_burst_seconds'), 'second') }}
    inner join mailing_links
        on
            firsts.source_system = mailing_links.source_system
            and firsts.mailing_id = mailing_links.mailing_id
            and mailing_links.first_clicked_at
            <= {{ add_time('firsts.occurred_at', var('scanner_burst_seconds'), 'second') }}
    group by firsts.source_system, firsts.message_id, firsts.addressee, firsts.occurred_at
    having
        count(distinct followers.url) > 1
        and count(distinct followers.url) = count(distinct mailing_links.url)

),

deliveries as (

    select
        source_system,
        message_id,
        addressee,
        -- Where a system does not report deliveries, sending is the nearest it tells.
        coalesce(
            min(case when event_type = 'delivered' then occurred_at end),
            min(case when event_type = 'sent' then occurred_at end)
        ) as delivered_at
    from addressed
    where event_type in ('delivered', 'sent')
    group by source_system, message_id, addressee

)

select distinct
    addressed.source_system,
    addressed.event_id
from addressed
left join deliveries
    on
        addressed.source_system = deliveries.source_system
        and addressed.message_id = deliveries.message_id
        and addressed.addressee = deliveries.addressee
left join bursts
    on
        addressed.source_system = bursts.source_system
        and addressed.message_id = bursts.message_id
        and addressed.addressee = bursts.addressee
where
    (
        addressed.event_type in ('opened', 'clicked')
        and addressed.occurred_at <= {{ add_time('deliveries.delivered_at', var('scanner_seconds'), 'second') }}
    )
    or (
        addressed.event_type = 'clicked'
        and addressed.occurred_at >= bursts.started_at
        and addressed.occurred_at <= {{ add_time('bursts.started_at', var('scanner_burst_seconds'), 'second') }}
    )
