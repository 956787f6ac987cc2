-- What was sent stands in the campaigns, and in the steps of sequences, message for message.
{% set kinds = ['sent', 'delivered', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed', 'complained'] %}
with

expected as (

    select
        'campaign_performance' as mart,
        {{ message_counts() }}
    from {{ ref('lead_messages') }}
    where campaign_source_id is not null
    union all
    select
        'nurture_performance' as mart,
        {{ message_counts() }}
    from {{ ref('lead_messages') }}
    where sequence_name is not null

),

shown as (

    {% for mart in ['campaign_performance', 'nurture_performance'] %}
    select
        {% for kind in kinds %}
        sum(count_{{ kind }}) as count_{{ kind }},
        {% endfor %}
        '{{ mart }}' as mart
    from {{ ref(mart) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    expected.mart,
    expected.count_sent,
    shown.count_sent as shown_sent
from expected
inner join shown on expected.mart = shown.mart
where
    coalesce(expected.count_sent, 0) <> coalesce(shown.count_sent, 0)
    {% for kind in kinds[1:] %}
    or coalesce(expected.count_{{ kind }}, 0) <> coalesce(shown.count_{{ kind }}, 0)
    {% endfor %}
