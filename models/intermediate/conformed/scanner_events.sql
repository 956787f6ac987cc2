{% set addressee = "coalesce(" ~ normalise_email('messages.recipient') ~ ", crm_emails.email, messages.lead_source_id)" %}
{% set messages %}
    from ({{ union_systems('message_events') }}) as messages
    left join crm_emails
        on
            messages.source_system = crm_emails.source_system
            and messages.lead_source_id = crm_emails.lead_source_id
{%- endset %}

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
        messages.occurred_at,
        {{ addressee }} as addressee
    {{ messages }}
    where
        messages.raw_defect is null
        and messages.message_id is not null
        and lower(messages.event_type) in ('sent', 'delivered', 'opened', 'clicked')

),

reactions as (

    select *
    from addressed
    where event_type in ('opened', 'clicked')

),

clicks as (

    select
        messages.source_system,
        messages.message_id,
        messages.occurred_at,
        messages.url,
        {{ addressee }} as addressee,
        {{ hash_of([
            'messages.campaign_source_id', 'messages.sequence_name', 'messages.step',
            'case when messages.campaign_source_id is null and messages.sequence_name is null then messages.message_id end'
        ]) }} as mailing_id
    {{ messages }}
    where
        messages.raw_defect is null
        and messages.message_id is not null
        and lower(messages.event_type) = 'clicked'
        and messages.url is not null

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
    where
        event_type in ('delivered', 'sent')
        and message_id in (select message_id from reactions)
    group by source_system, message_id, addressee

)

select distinct
    reactions.source_system,
    reactions.event_id
from reactions
left join deliveries
    on
        reactions.source_system = deliveries.source_system
        and reactions.message_id = deliveries.message_id
        and reactions.addressee = deliveries.addressee
left join bursts
    on
        reactions.source_system = bursts.source_system
        and reactions.message_id = bursts.message_id
        and reactions.addressee = bursts.addressee
where
    reactions.occurred_at <= {{ add_time('deliveries.delivered_at', var('scanner_seconds'), 'second') }}
    or (
        reactions.event_type = 'clicked'
        and reactions.occurred_at >= bursts.started_at
        and reactions.occurred_at <= {{ add_time('bursts.started_at', var('scanner_burst_seconds'), 'second') }}
    )
