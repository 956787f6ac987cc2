{% set stages = ['mql', 'sql', 'opportunity', 'customer'] %}

with

campaigns as (

    select * from {{ ref('campaigns') }}

),

-- Campaigns that only messages or responses name are rows too, or what was sent would be lost.
joined as (

    select
        campaigns.campaign_id is not null as is_listed,
        coalesce(campaigns.source_system, counts.source_system) as source_system,
        coalesce(campaigns.campaign_source_id, counts.campaign_source_id) as campaign_source_id,
        campaigns.campaign_name,
        campaigns.campaign_kind,
        campaigns.cost,
        campaigns.started_at,
        campaigns.ended_at,
        counts.message_channel,
        {{ message_count_columns('counts') }},
        {% for name in ['responses', 'responding_leads', 'registered_leads', 'attended_leads', 'registered_attended_leads',
            'influenced_leads'] %}
        cast(coalesce(counts.count_{{ name }}, 0) as bigint) as count_{{ name }},
        {% endfor %}
        {% for stage in stages %}
        {% set name = 'count_later_' ~ stage_plural(stage) %}
        cast(coalesce(counts.{{ name }}, 0) as bigint) as {{ name }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from campaigns
    full outer join {{ ref('campaign_counts') }} as counts
        on
            campaigns.source_system = counts.source_system
            and campaigns.campaign_source_id = counts.campaign_source_id

)

select
    {{ hash_of(['joined.source_system', 'joined.campaign_source_id']) }} as campaign_id,
    joined.source_system,
    {{ without_addresses('joined.campaign_source_id') }} as campaign_source_id,
    {{ without_addresses('joined.campaign_name') }} as campaign_name,
    {{ without_addresses('joined.campaign_kind') }} as campaign_kind,
    coalesce(joined.message_channel, kinds.channel, 'Unassigned') as channel,
    cast(joined.cost as decimal(18, 2)) as cost,
    {{ message_count_columns('joined') }},
    joined.count_responses,
    joined.count_responding_leads,
    joined.count_registered_leads,
    joined.count_attended_leads,
    joined.count_influenced_leads,
    {% for stage in stages %}
    joined.count_later_{{ stage_plural(stage) }},
    {% endfor %}
    cast(coalesce(wins.revenue, 0) as decimal(18, 2)) as revenue,
    {{ message_rates('joined', 'joined.message_channel') }},
    {{ rate('joined.count_registered_attended_leads', 'joined.count_registered_leads') }} as attendance_rate,
    {% for name, count in {
        'response': 'influenced_leads', 'mql': 'later_mqls', 'sql': 'later_sqls', 'customer': 'later_customers',
    }.items() %}
    {{ price_per('joined.cost', 'joined.count_' ~ count) }} as cost_per_{{ name }},
    {% endfor %}
    joined.is_listed,
    joined.started_at,
    joined.ended_at
from joined
left join {{ ref('campaign_wins') }} as wins
    on
        joined.source_system = wins.source_system
        and joined.campaign_source_id = wins.campaign_source_id
left join {{ ref('lead_source_channels') }} as kinds on lower(trim(joined.campaign_kind)) = lower(trim(kinds.lead_source))
