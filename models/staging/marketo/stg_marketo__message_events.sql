{% set kinds = {
    'send_email': 'sent', 'email_delivered': 'delivered', 'open_email': 'opened', 'click_email': 'clicked',
    'email_bounced': 'bounced', 'email_bounced_soft': 'bounced', 'unsubscribe_email': 'unsubscribed',
} %}
{% set marker = var('marketo_sequence_marker') | replace("'", "''") %}
{% set parts = "split_part(events.primary_attribute_value, '" ~ marker ~ "', " %}
{% set numbered = 'case when ' ~ parts ~ "3) = '' then cast(" ~ try_number(parts ~ '2)') ~ ' as bigint) end' %}
{% set step, sequence = (numbered, parts ~ '1)') if marker else ('cast(null as bigint)', null_text()) %}

with

campaigns as (

    select
        id,
        min(program_id) as program_id
    from {{ ref('base_marketo__campaign') }}
    group by id

),

emails as (

    select
        id,
        program_id
    from (
        select
            versions.*,
            row_number() over (
                partition by id
                order by updated_at desc nulls last, program_id asc nulls last
            ) as version_rank
        from {{ ref('base_marketo__email_template_history') }} as versions
    ) as ranked
    where version_rank = 1

){% for table in kinds %},

{{ table }} as (

    select
        events.*,
        coalesce(campaigns.program_id, emails.program_id) as program_id,
        {{ step }} as step,
        {{ sequence }} as sequence_name,
        -- One e-mail of one run to one lead. A merge gives what follows to the lead that stayed.
        events.primary_attribute_value_id || ':' || coalesce(events.campaign_id, '') || ':'
        || coalesce(events.campaign_run_id, '') || ':' || coalesce(merged.survivor_lead, events.lead_id) as message_id
    from {{ ref('base_marketo__activity_' ~ table) }} as events
    left join campaigns on events.campaign_id = campaigns.id
    left join emails on events.primary_attribute_value_id = emails.id
    left join {{ ref('merged_marketo_leads') }} as merged on events.lead_id = merged.merged_lead

){% endfor %}

{% for table, kind in kinds.items() %}
{% set unused = {
    'open_email': "case when is_bot_activity then 'bot' end", 'click_email': "case when is_bot_activity then 'bot' end",
    'email_bounced_soft': "'soft_bounce'",
}.get(table) %}
{{ contract_rows('message_events', 'marketo', table, {
    'event_id': 'id', 'message_id': 'message_id', 'channel': "'email'", 'campaign_source_id': 'program_id',
    'sequence_name': 'case when step is not null then sequence_name end', 'step': 'step', 'lead_source_id': 'lead_id',
    'recipient': 'email' if kind == 'bounced' else 'null', 'event_type': "'" ~ kind ~ "'", 'url': 'link' if table == 'click_email' else 'null', 'occurred_at': 'activity_date',
    'loaded_at': '_fivetran_synced',
}, unused=unused) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
