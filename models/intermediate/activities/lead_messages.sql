{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}
{% set kinds = message_kinds() %}

with

messages as (

    select
        source_system,
        lead_id,
        message_id,
        max(channel) as channel,
        max(campaign_source_id) as campaign_source_id,
        max(sequence_name) as sequence_name,
        max(step) as sequence_step,
        max(case when event_type = 'bounced' then recipient end) as bounced_recipient,
        -- An event without a message id is a message of its own, of which nothing else is known.
        max(case when message_id <> event_id then 1 else 0 end) as has_message_id,
        {% for kind in kinds %}
        max(case when event_type = '{{ kind }}' then 1 else 0 end) as is_{{ kind }},
        {% endfor %}
        coalesce(min(case when event_type = 'sent' then known_at end), min(known_at)) as sent_at,
        min(case when event_type in ('clicked', 'replied') then known_at end) as responded_at
    from {{ ref('lead_message_events') }}
    where event_type in ({{ text_list(kinds) }})
    group by source_system, lead_id, message_id

)

select
    source_system,
    lead_id,
    message_id,
    channel,
    campaign_source_id,
    {{ without_addresses('sequence_name') }} as sequence_name,
    sequence_step,
    bounced_recipient,
    -- Whatever became of a message, it was sent; what was read had arrived, even where the event of it is missing.
    is_sent + has_message_id > 0 as is_sent,
    is_delivered + has_message_id * (is_opened + is_clicked + is_replied + is_unsubscribed + is_complained) > 0
        as is_delivered,
    {% for kind in kinds[2:] %}
    is_{{ kind }} = 1 as is_{{ kind }},
    {% endfor %}
    sent_at,
    responded_at
from messages
