select
    events.event_id as id,
    8 as activity_type_id,
    coalesce(events.lead_source_id, addresses.lead_source_id) as lead_id,
    case when events.campaign_source_id is not null then concat_ws(':', 'send', events.campaign_source_id, events.step) end
        as campaign_id,
    runs.run_id as campaign_run_id,
    concat_ws(':', 'email', events.campaign_source_id, events.step) as primary_attribute_value_id,
    coalesce(events.sequence_name || '.Email ' || events.step, 'Single e-mail') as primary_attribute_value,
    events.recipient as email,
    events.occurred_at as activity_date,
    events.loaded_at as _fivetran_synced
from message_events as events
left join marketo_addresses as addresses on events.lead_source_id is null and lower(trim(events.recipient)) = addresses.email
left join marketo_runs as runs on events.message_id is not distinct from runs.message_id
where events.channel = 'email' and events.event_type = 'bounced'
