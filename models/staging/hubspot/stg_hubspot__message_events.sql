{% set kinds = {
    'SENT': 'sent', 'DELIVERED': 'delivered', 'OPEN': 'opened', 'CLICK': 'clicked', 'REPLY': 'replied',
    'BOUNCE': 'bounced', 'SPAMREPORT': 'complained', 'STATUSCHANGE': 'unsubscribed',
} %}
{% set marker = var('hubspot_sequence_marker') | replace("'", "''") %}

with

clicks as (

    select
        id,
        min(url) as url
    from {{ ref('base_hubspot__email_event_click') }}
    group by id

),

status_changes as (

    select
        id,
        min(portal_subscription_status) as portal_subscription_status,
        min(subscriptions) as subscriptions
    from {{ ref('base_hubspot__email_event_status_change') }}
    group by id

),

emails as (

    select
        id,
        min(name) as name
    from {{ ref('base_hubspot__email_campaign') }}
    group by id

),

events as (

    select
        events.*,
        coalesce(clicks.url, events.url) as clicked_url,
        upper(coalesce(status_changes.portal_subscription_status, events.portal_subscription_status)) as portal_status,
        coalesce(status_changes.subscriptions, events.subscriptions) as kinds_of_email,
        {% if marker %}
        case
            when split_part(emails.name, '{{ marker }}', 3) = ''
                then cast({{ try_number("split_part(emails.name, '" ~ marker ~ "', 2)") }} as bigint)
        end as step,
        split_part(emails.name, '{{ marker }}', 1) as sequence_name,
        {% else %}
        cast(null as bigint) as step,
        cast(null as {{ dbt.type_string() }}) as sequence_name,
        {% endif %}
        coalesce(
            events.sent_by_id,
            {{ json_text('events.sent_by', 'id') }},
            case when events.type = 'SENT' then events.id end,
            events.email_campaign_id || ':' || {{ normalise_email('events.recipient') }}
        ) as message_id
    from {{ ref('base_hubspot__email_event') }} as events
    left join clicks on events.id = clicks.id
    left join status_changes on events.id = status_changes.id
    left join emails on events.email_campaign_id = emails.id

)

{% set unused %}
    case
        when type in ('DROPPED', 'DEFERRED', 'PROCESSED', 'PRINT', 'FORWARD') then 'event_' || lower(type)
        when type not in ({{ text_list(kinds.keys() | list) }}) then 'unknown_event_type'
        when type = 'STATUSCHANGE' and portal_status is null and kinds_of_email is null then 'unknown_status'
        when
            type = 'STATUSCHANGE'
            and coalesce(portal_status, case when {{ contains('kinds_of_email', "'UNSUBSCRIBED'") }} then 'UNSUBSCRIBED' end, '')
            <> 'UNSUBSCRIBED'
            then 'not_an_unsubscription'
        when filtered_event then 'bot'
    end
{% endset %}
{% set event_type %}
    case type
        {% for hubspot_type, kind in kinds.items() %}
        when '{{ hubspot_type }}' then '{{ kind }}'
        {% endfor %}
    end
{% endset %}

{{ contract_rows('message_events', 'hubspot', 'events', {
    'event_id': 'id', 'message_id': 'message_id', 'channel': "'email'", 'campaign_source_id': 'email_campaign_id',
    'sequence_name': 'case when step is not null then sequence_name end', 'step': 'step', 'recipient': 'recipient',
    'event_type': event_type, 'url': 'clicked_url', 'occurred_at': 'created', 'loaded_at': '_fivetran_synced',
}, unused=unused) }}
